/**
 * A link in place of a picture on another server. Loading the picture would reveal to that server who reads the
 * request and when, so the page may not load it (`img-src 'self' data:`). A click opens it in a new tab.
 */

import { hostOf } from "./addresses.ts";
import classes from "./context.module.css";
import { SafeLink } from "./link.tsx";

export const RemotePicture = ({ src, label }: { src: string; label: string }) => (
  <span className={classes.remote}>
    <SafeLink href={src}>Open the picture{label === "" ? "" : ` “${label}”`}</SafeLink> from {hostOf(src)}. It is not
    loaded here.
  </span>
);
