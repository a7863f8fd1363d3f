/** The graph of a run: its jobs in layers, each a link, and the lines between them. */

import { useEffect, useMemo, useRef } from "react";
import { Link } from "react-router";
import type { RunGraphFragment } from "../generated/graphql.ts";
import { useOverflow } from "../shared/scrolled.tsx";
import type { JobRule } from "./branch-words.ts";
import { type Line, layoutOf, type Place } from "./layout.ts";
import { Mark } from "./mark.tsx";
import classes from "./run.module.css";
import { afterWords, JOB_STATE_WORDS, jobStateOf, lineKind } from "./run-words.ts";

type Job = RunGraphFragment["jobs"][number];

/** In pixels. */
interface Sizes {
  width: number;
  height: number;
  across: number;
  down: number;
  edge: number;
}
const FULL: Sizes = { width: 160, height: 58, across: 42, down: 20, edge: 14 };
/** Jobs with a rule have up to two more lines. */
const FULL_WITH_RULES: Sizes = { ...FULL, width: 184, height: 84 };
const NO_RULES: ReadonlyMap<string, JobRule> = new Map();
const COMPACT: Sizes = { width: 160, height: 48, across: 34, down: 12, edge: 8 };

interface Props {
  run: RunGraphFragment;
  label: string;
  /** The job of the request that the page shows. */
  current?: string;
  isCompact?: boolean;
  /** The branch rules of the run, by job id. */
  rules?: ReadonlyMap<string, JobRule>;
  /** The address that a job without a request links to. */
  jobAddress(jobId: string): string;
}

export function Graph({ run, label, current, isCompact = false, rules = NO_RULES, jobAddress }: Props) {
  const sizes = isCompact ? COMPACT : rules.size > 0 ? FULL_WITH_RULES : FULL;
  const layout = useMemo(() => layoutOf(run.jobs), [run.jobs]);
  const box = useRef<HTMLElement>(null);
  const overflows = useOverflow(box);
  const waitingIds = run.jobs.filter((job) => jobStateOf(job) === "WAITING").map(({ id }) => id);
  const inSight = current ?? waitingIds[0];
  useEffect(() => {
    // Runs on mount and when the run reaches another gate. At other times the reader's scroll position stays.
    const scrolled = box.current;
    const node = [...(scrolled?.querySelectorAll<HTMLElement>("[data-job]") ?? [])].find(
      ({ dataset }) => dataset.job === inSight,
    );
    if (scrolled == null || node === undefined) return;
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = node;
    // A job that is visible without scrolling needs no scrolling.
    const isInSight =
      offsetLeft + offsetWidth <= scrolled.clientWidth && offsetTop + offsetHeight <= scrolled.clientHeight;
    scrolled.scrollLeft = isInSight ? 0 : offsetLeft + offsetWidth / 2 - scrolled.clientWidth / 2;
    scrolled.scrollTop = isInSight ? 0 : offsetTop + offsetHeight / 2 - scrolled.clientHeight / 2;
  }, [inSight]);

  const middle = (layout.rows - 1) / 2;
  const left = ({ layer }: Place) => sizes.edge + layer * (sizes.width + sizes.across);
  const top = ({ row }: Place) => sizes.edge + (row + middle) * (sizes.height + sizes.down);
  const width = 2 * sizes.edge + layout.layers * (sizes.width + sizes.across) - sizes.across;
  const height = 2 * sizes.edge + layout.rows * (sizes.height + sizes.down) - sizes.down;
  const states = new Map(run.jobs.map((job) => [job.id, job.status]));
  return (
    <section
      ref={box}
      className={classes.scroll}
      data-compact={isCompact || undefined}
      aria-label={label}
      tabIndex={overflows ? 0 : undefined}
    >
      <div className={classes.graph} style={{ width, height }}>
        <svg className={classes.lines} width={width} height={height} aria-hidden="true">
          {layout.lines.map((line) => (
            <path
              key={`${line.from}\n${line.to}`}
              d={curve(line, left, top, sizes)}
              data-kind={lineKind(states.get(line.from), states.get(line.to))}
              data-undo={rules.get(line.to)?.compensates === line.from || undefined}
            />
          ))}
        </svg>
        <ol className={classes.jobs}>
          {layout.jobs.map(({ job, ...place }) => (
            <li
              key={job.id}
              className={classes.place}
              data-job={job.id}
              style={{ left: left(place), top: top(place), width: sizes.width, height: sizes.height }}
            >
              <JobNode
                job={job}
                rule={rules.get(job.id)?.words}
                isCurrent={job.id === current}
                address={jobAddress(job.id)}
              />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

interface NodeProps {
  job: Job;
  rule: string | undefined;
  isCurrent: boolean;
  address: string;
}

function JobNode({ job, rule, isCurrent, address }: NodeProps) {
  const state = jobStateOf(job);
  const { request } = job;
  return (
    <Link
      to={request == null ? address : `/requests/${request.id}`}
      className={classes.job}
      data-state={state}
      aria-current={isCurrent ? "step" : undefined}
      title={[request?.title ?? job.id, rule].filter((part) => part !== undefined).join(": ")}
    >
      <Mark state={state} />
      <span className={classes.jobText}>
        <span className={classes.name}>{job.id}</span>
        <span className={classes.state}>{JOB_STATE_WORDS[state]}</span>
        {rule !== undefined && <span className={classes.rule}>{rule}</span>}
        <span className="unseen">
          {afterWords(job)}
          {isCurrent && ", this request"}
        </span>
      </span>
    </Link>
  );
}

/** The SVG path from the right edge of one job, through the places in between, to the left edge of the other. */
function curve({ path }: Line, left: (place: Place) => number, top: (place: Place) => number, sizes: Sizes): string {
  const points = path.flatMap((place, index) => {
    const y = top(place) + sizes.height / 2;
    const [start, end] = [left(place), left(place) + sizes.width];
    if (index === 0) return [[end, y]];
    return index === path.length - 1
      ? [[start, y]]
      : [
          [start, y],
          [end, y],
        ];
  });
  return points
    .map(([x, y], index) => {
      const [lastX, lastY] = points[index - 1] ?? [];
      if (lastX === undefined || x === undefined) return `M${x} ${y}`;
      const half = (lastX + x) / 2;
      return lastY === y ? `L${x} ${y}` : `C${half} ${lastY} ${half} ${y} ${x} ${y}`;
    })
    .join("");
}
