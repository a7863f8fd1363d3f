/** The policy as it was given. A button shows it. */

import { Button } from "@mantine/core";
import { useState } from "react";
import { type GivenPolicy, givenPolicy } from "./given-policy.ts";
import classes from "./request.module.css";

export function PolicySection({ policy }: { policy: GivenPolicy }) {
  const [isShown, setShown] = useState(false);
  return (
    <div className={classes.metadata}>
      <Button variant="default" size="compact-sm" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? "Hide" : "Show"} the policy as given
      </Button>
      {isShown && (
        <dl className={classes.answers}>
          {givenPolicy(policy).map(([name, texts]) => (
            <div key={name}>
              <dt>{name}</dt>
              {texts.map((text) => (
                <dd key={text} dir="auto">
                  {text}
                </dd>
              ))}
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
