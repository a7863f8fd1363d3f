/** Moves of a run to other versions of its document: the past moves, and the plan of a move. */

import { detailOfMove } from "../resolvers/move-run.ts";
import { WorkflowRunMovePlanRef, WorkflowRunMoveRef } from "./refs.ts";

WorkflowRunMoveRef.implement({
  description: "A move of a run to another version of its document.",
  fields: (t) => ({
    generation: t.exposeInt("generation", { description: "The generation of the run that the move started, from 2." }),
    movedAt: t.expose("movedAt", { type: "DateTime", description: "When the run was moved." }),
    movedBy: t.string({
      nullable: true,
      description: "The person or program that moved the run, if known; null if `detailIsVisible` of the run is false.",
      resolve: (move, _args, context) => detailOfMove(move, move.movedBy, context),
    }),
    fromVersion: t.exposeInt("fromVersion", {
      nullable: true,
      description: "The registered version before the move; null for a document that is not registered.",
    }),
    toVersion: t.exposeInt("toVersion", {
      nullable: true,
      description: "The registered version after the move; null for a document that is not registered.",
    }),
    added: t.exposeStringList("added", { description: "The ids of the jobs that were added." }),
    removed: t.exposeStringList("removed", { description: "The ids of the jobs that were removed." }),
    changed: t.exposeStringList("changed", { description: "The ids of the jobs that were changed." }),
  }),
});

WorkflowRunMovePlanRef.implement({
  description: "What `moveWorkflowRun` would change in a run.",
  fields: (t) => ({
    version: t.exposeInt("version", { description: "The registered version of the document." }),
    added: t.exposeStringList("added", { description: "The ids of the jobs that are added." }),
    removed: t.exposeStringList("removed", { description: "The ids of the jobs that are removed." }),
    changed: t.exposeStringList("changed", { description: "The ids of the jobs that are changed." }),
    refusal: t.exposeString("refusal", {
      nullable: true,
      description: "Why the run cannot be moved now, with the names of the jobs; null if it can.",
    }),
  }),
});
