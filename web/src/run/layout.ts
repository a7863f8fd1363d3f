/**
 * Computes the places of jobs in the graph of a run. Pure. A job's layer is the length of the longest path to it, so
 * that every line points forward. Within a layer, jobs are ordered by their dependencies, so that few lines cross. A
 * line that passes a layer has its own place there, so that it does not cross a job.
 */

export interface Job {
  id: string;
  dependencies: readonly string[];
}

/** A place in the graph: the layer, from 0, and the distance below the middle of the layer, in places. */
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
  /** From one job, through the layers in between, to the other. */
  path: readonly Place[];
}

export interface Layout<T> {
  /** By layer, and within a layer from top to bottom: the reading order. */
  jobs: readonly Placed<T>[];
  lines: readonly Line[];
  layers: number;
  /** The number of places in the tallest layer. */
  rows: number;
}

/** Something that takes a place: a job, or a line that passes the layer. */
interface Stop<T> {
  job: T | null;
  layer: number;
  /** Stops of the previous layer that lead here. */
  before: Stop<T>[];
  after: Stop<T>[];
}

const SWEEPS = 4;

/** @param jobs the jobs of one run; dependencies on unknown jobs, and those that form a circle, are ignored */
export function layoutOf<T extends Job>(jobs: readonly T[]): Layout<T> {
  const layerOf = layersOf(jobs);
  const stops = new Map(
    jobs.map((job): [string, Stop<T>] => [job.id, { job, layer: layerOf.get(job.id) ?? 0, before: [], after: [] }]),
  );
  const layers: Stop<T>[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => []);
  for (const stop of stops.values()) layers[stop.layer]?.push(stop);

  const paths: { from: string; to: string; path: Stop<T>[] }[] = [];
  for (const to of stops.values()) {
    for (const id of new Set(to.job?.dependencies)) {
      const from = stops.get(id);
      if (from === undefined || from.layer >= to.layer) continue;
      const passed = Array.from({ length: to.layer - from.layer - 1 }, (_, index): Stop<T> => {
        const stop = { job: null, layer: from.layer + 1 + index, before: [], after: [] };
        layers[stop.layer]?.push(stop);
        return stop;
      });
      const path = [from, ...passed, to];
      for (const [index, stop] of path.slice(1).entries()) {
        const last = path[index] as Stop<T>;
        stop.before.push(last);
        last.after.push(stop);
      }
      paths.push({ from: id, to: to.job?.id ?? "", path });
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
    lines: paths.map(({ from, to, path }) => ({ from, to, path: path.map(placeOf) })),
    layers: jobs.length === 0 ? 0 : layers.length,
    rows: Math.max(0, ...layers.map((stops) => stops.length)),
  };
}

/** The length of the longest path to each job. */
function layersOf(jobs: readonly Job[]): ReadonlyMap<string, number> {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const layers = new Map<string, number>();
  const visiting = new Set<string>();
  const layerOf = (job: Job): number => {
    const known = layers.get(job.id);
    if (known !== undefined) return known;
    // Orchestrators start no circles. If the document has one, it ends at its first job.
    if (visiting.has(job.id)) return -1;
    visiting.add(job.id);
    const before = job.dependencies.flatMap((id) => {
      const found = byId.get(id);
      return found === undefined ? [] : [layerOf(found)];
    });
    visiting.delete(job.id);
    const layer = Math.max(-1, ...before) + 1;
    layers.set(job.id, layer);
    return layer;
  };
  for (const job of jobs) layerOf(job);
  return layers;
}

/** Orders each layer by the stops that it is joined to, alternately forward and backward. */
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
      // Equal stops keep their order, initially that of the document.
      stops.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      note(stops);
    }
  }
}
