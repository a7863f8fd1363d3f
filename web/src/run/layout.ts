/**
 * Where the jobs of a run stand in its picture. Pure. A job's layer is the longest way to it, so that every line goes
 * forward; within the layers jobs are ordered by what they depend on, so that few lines cross. A line that passes a layer
 * has a place of its own there, and so goes through no job.
 */

export interface Job {
  id: string;
  dependencies: readonly string[];
}

/** A place in the picture: the layer, from 0, and how far below the middle of the layer, in places. */
export interface Place {
  layer: number;
  row: number;
}

export interface Placed<T> extends Place {
  job: T;
}

export interface Line {
  from: string;
  to: string;
  /** From the one job over the layers between to the other. */
  way: readonly Place[];
}

export interface Layout<T> {
  /** In the order of layers, and within a layer from top to bottom: the order in which they are read. */
  jobs: readonly Placed<T>[];
  lines: readonly Line[];
  layers: number;
  /** Places of the highest layer. */
  rows: number;
}

/** What takes a place: a job, or a line that passes. */
interface Stop<T> {
  job: T | null;
  layer: number;
  /** Stops of the layer before that lead here. */
  before: Stop<T>[];
  after: Stop<T>[];
}

const SWEEPS = 4;

/** @param jobs of one run; a dependency on a job that is not there counts for nothing, nor does one in a circle */
export function layoutOf<T extends Job>(jobs: readonly T[]): Layout<T> {
  const layerOf = layersOf(jobs);
  const stops = new Map(
    jobs.map((job): [string, Stop<T>] => [job.id, { job, layer: layerOf.get(job.id) ?? 0, before: [], after: [] }]),
  );
  const layers: Stop<T>[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => []);
  for (const stop of stops.values()) layers[stop.layer]?.push(stop);

  const ways: { from: string; to: string; way: Stop<T>[] }[] = [];
  for (const to of stops.values()) {
    for (const id of new Set(to.job?.dependencies)) {
      const from = stops.get(id);
      if (from === undefined || from.layer >= to.layer) continue;
      const passed = Array.from({ length: to.layer - from.layer - 1 }, (_, index): Stop<T> => {
        const stop = { job: null, layer: from.layer + 1 + index, before: [], after: [] };
        layers[stop.layer]?.push(stop);
        return stop;
      });
      const way = [from, ...passed, to];
      for (const [index, stop] of way.slice(1).entries()) {
        const last = way[index] as Stop<T>;
        stop.before.push(last);
        last.after.push(stop);
      }
      ways.push({ from: id, to: to.job?.id ?? "", way });
    }
  }

  sort(layers);
  const place = new Map<Stop<T>, Place>();
  for (const stops of layers) {
    for (const [index, stop] of stops.entries()) {
      place.set(stop, { layer: stop.layer, row: index - (stops.length - 1) / 2 });
    }
  }
  const placeOf = (stop: Stop<T>) => place.get(stop) as Place;
  return {
    jobs: layers.flatMap((stops) => stops.flatMap((stop) => (stop.job ? [{ job: stop.job, ...placeOf(stop) }] : []))),
    lines: ways.map(({ from, to, way }) => ({ from, to, way: way.map(placeOf) })),
    layers: jobs.length === 0 ? 0 : layers.length,
    rows: Math.max(0, ...layers.map((stops) => stops.length)),
  };
}

/** The longest way to each job. */
function layersOf(jobs: readonly Job[]): ReadonlyMap<string, number> {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const layers = new Map<string, number>();
  const onTheWay = new Set<string>();
  const layerOf = (job: Job): number => {
    const known = layers.get(job.id);
    if (known !== undefined) return known;
    // A circle, which no orchestrator starts, ends where it began.
    if (onTheWay.has(job.id)) return -1;
    onTheWay.add(job.id);
    const before = job.dependencies.flatMap((id) => {
      const found = byId.get(id);
      return found === undefined ? [] : [layerOf(found)];
    });
    onTheWay.delete(job.id);
    const layer = Math.max(-1, ...before) + 1;
    layers.set(job.id, layer);
    return layer;
  };
  for (const job of jobs) layerOf(job);
  return layers;
}

/** Brings each layer into the order of what it is joined to, forward and backward in turn. */
function sort<T>(layers: Stop<T>[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    const rows = new Map<Stop<T>, number>();
    const note = (stops: readonly Stop<T>[]) => {
      for (const [index, stop] of stops.entries()) rows.set(stop, index - (stops.length - 1) / 2);
    };
    for (const stops of layers) note(stops);
    for (const stops of isForward ? layers : layers.toReversed()) {
      const middle = new Map(
        stops.map((stop) => {
          const joined = isForward ? stop.before : stop.after;
          const sum = joined.reduce((total, one) => total + (rows.get(one) ?? 0), 0);
          return [stop, joined.length === 0 ? (rows.get(stop) ?? 0) : sum / joined.length];
        }),
      );
      // What is equal stays in its order, which began as the document's.
      stops.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      note(stops);
    }
  }
}
