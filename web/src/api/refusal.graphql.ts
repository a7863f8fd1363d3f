import { graphql } from "../generated/gql.ts";

/** The fields that all errors share. Queries add the other fields that they need. */
export const RefusalFields = graphql(`
  fragment Refusal on Error {
    message
    code
  }
`);
