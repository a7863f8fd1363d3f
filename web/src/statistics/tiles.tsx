/** The totals of the selected period. */

import type { FiguresFragment } from "../generated/graphql.ts";
import { ENDINGS, type Ending, rowOf, timeTaken } from "./figures.ts";
import classes from "./statistics.module.css";

export function Tiles({ figures }: { figures: FiguresFragment }) {
  const row = rowOf("", figures);
  const share = (n: number) =>
    row.total === 0 ? undefined : (n / row.total).toLocaleString(undefined, { style: "percent" });
  return (
    <dl className={classes.tiles}>
      <Tile name="Requests" value={row.total.toLocaleString()} />
      {(Object.keys(ENDINGS) as Ending[]).map((ending) => (
        <Tile key={ending} name={ENDINGS[ending]} value={row[ending].toLocaleString()} more={share(row[ending])} />
      ))}
      <Tile name="Median time to decide" value={timeTaken(row.median)} />
      <Tile name="95th percentile" value={timeTaken(row.p95)} />
    </dl>
  );
}

function Tile({ name, value, more }: { name: string; value: string; more?: string | undefined }) {
  return (
    <div className={classes.tile}>
      <dt>{name}</dt>
      <dd className="numbers">
        {value} {more !== undefined && <span className={classes.share}>{more}</span>}
      </dd>
    </div>
  );
}
