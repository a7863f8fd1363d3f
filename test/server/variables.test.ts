/** Unknown variables with the prefixes of Countersign, so that a misspelled one is reported. */

import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { unknownVariableMessage, unknownVariables } from "../../src/config/unknown-variables.ts";
import { VARIABLES } from "../../src/config/variables.ts";

const nearestTo = (name: string, value = "x") => unknownVariables({ [name]: value }).map(({ nearest }) => nearest);

describe("an environment variable", () => {
  it.each([
    ["AUTH_JWT_SECRT", "AUTH_JWT_SECRET"],
    ["AUTH_JWT_SERCET", "AUTH_JWT_SECRET"],
    ["auth_jwt_secret", "AUTH_JWT_SECRET"],
    ["AUTHJWT_SECRET", "AUTH_JWT_SECRET"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["PUBLIC_ULR", "PUBLIC_URL"],
    ["TRUSTED_PROXY", "TRUSTED_PROXIES"],
    ["LOG_LEVL", "LOG_LEVEL"],
    ["GRAPHQL", "GRAPHIQL"],
    ["LIMIT_ALIAS", "LIMIT_ALIASES"],
    ["port", "PORT"],
    ["DATABASE_LISTEN", "DATABASE_LISTEN_URL"],
    ["DATABASE_URL_FILE", "DATABASE_URL"],
    // The prefix is enough.
    ["SMTP_PASSWORD", "SMTP_URL"],
    ["OIDC_AUDIENCE", "AUTH_AUDIENCE"],
    ["WEBHOOK_HOSTS", "WEBHOOK_URL"],
    ["COUNTERSIGN_TOKENS", "COUNTERSIGN_TOKEN"],
  ])("called %s is reported as similar to %s", (name, nearest) => {
    expect(nearestTo(name)).toEqual([nearest]);
  });

  it.each([
    ["PATH", "/usr/bin"],
    ["HOSTNAME", "api-1"],
    ["POST", "x"],
    ["PORT_RANGE", "x"],
    ["DATABASE_NAME", "x"],
    ["POSTGRES_URL", "postgres://db/x"],
    ["NODE_OPTIONS", "--inspect"],
    ["AUTHOR", "ann"],
    // An empty variable counts as not set.
    ["AUTH_SECRET", ""],
    // Kubernetes sets these in each container if services have such names.
    ["AUTH_SERVICE_HOST", "10.0.0.1"],
    ["SMTP_SERVICE_PORT_SUBMISSION", "587"],
    ["WEBHOOK_PORT_443_TCP_ADDR", "10.0.0.1"],
    ["SLACK_PORT", "tcp://10.0.0.1:443"],
  ])("called %s is not reported", (name, value) => {
    expect(nearestTo(name, value)).toEqual([]);
  });

  it("is reported on one line without its value", () => {
    const [found] = unknownVariables({ "AUTH_JWT\nSECRET": "hunter2" });
    if (found === undefined) throw new Error("nothing was found");
    expect(unknownVariableMessage(found)).toMatch(/^"AUTH_JWT\\nSECRET" is not a variable .* AUTH_JWT_SECRET\?$/);
    expect(unknownVariableMessage(found)).not.toContain("hunter2");
  });

  it("is known if the configuration reads it", () => {
    const read = new Set<string>();
    const given: NodeJS.ProcessEnv = {
      OIDC_ISSUER: "https://id.example.com",
      OIDC_CLIENT_ID: "countersign",
      DATABASE_URL: "postgres://db/x",
    };
    const watched = new Proxy(given, {
      get(target, name: string) {
        read.add(name);
        return target[name];
      },
    });
    loadConfig(watched);
    expect([...read].filter((name) => !VARIABLES.has(name))).toEqual([]);
    expect(read.size).toBeGreaterThan(50);
  });
});
