/** The link from a page back to its list. */

import { Link } from "react-router";
import classes from "./back-link.module.css";
import { Icon } from "./icons.tsx";

export function BackLink({ to, list }: { to: string; list: string }) {
  return (
    <Link to={to} className={classes.back}>
      <Icon name="back" size={16} />
      {list}
    </Link>
  );
}
