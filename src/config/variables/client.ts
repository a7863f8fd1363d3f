/** The environment variables of programs that call a server: the command, and a job handler without options. */

import { secret, webUrl } from "./kinds.ts";

export const CLIENT_VARIABLES = {
  COUNTERSIGN_URL: webUrl({
    about: "The address of the server, with or without `/graphql`.",
    example: "https://approvals.example.com",
  }),
  COUNTERSIGN_TOKEN: secret({
    about: "The token. For the command, `@FILE` reads it from a file again for each connection.",
    example: "@/run/secrets/countersign",
  }),
};
