import { graphql } from "../generated/gql.ts";

/** Why something was not done; what an error knows besides is asked for where it is used. */
export const RefusalFields = graphql(`
  fragment Refusal on Error {
    message
    code
  }
`);
