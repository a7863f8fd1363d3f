/**
 * In place of a picture on another server: loading it would tell that server who reads the request and when, so the page
 * may not (`img-src 'self' data:`). A click opens it apart, without a referrer.
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
