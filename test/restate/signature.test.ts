import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { formatKey, secretBelow, secretBytes } from "../../src/config/webhook-keys.ts";
import { endpointSignersOf } from "../../src/config/webhook-secrets.ts";
import { createRestateApprovals, type RestateApprovalsOptions } from "../../src/restate/entry.ts";
import { fromBytes, outcomeIn, type SignedMessage, toBytes, verifierOf } from "../../src/restate/signed-message.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OTHER = Buffer.alloc(24, 2).toString("base64");
const BODY = '{"data": {"request": {}}}';

/** Signed by the library that the server uses. */
function signed(secret = SECRET, at = new Date()): SignedMessage {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return { id: "m1", timestamp, signature: new Webhook(secret).sign("m1", at, BODY), body: BODY };
}

describe("a callback's signature", () => {
  it("is verified with the secret that signed it, however old it is", () => {
    expect(verifierOf(SECRET)(signed())).toBe(true);
    expect(verifierOf(SECRET)(signed(SECRET, new Date("2020-01-01")))).toBe(true);
  });

  it("is verified with either secret during rotation, on both sides", () => {
    expect(verifierOf(`${OTHER} ${SECRET}`)(signed())).toBe(true);
    const twice = { ...signed(), signature: `${signed(OTHER).signature} ${signed().signature}` };
    expect(verifierOf(SECRET)(twice)).toBe(true);
  });

  it.each<[string, Partial<SignedMessage>]>([
    ["another secret's", signed(OTHER)],
    ["another message's", { id: "m2" }],
    ["another time's", { timestamp: "1" }],
    ["another body's", { body: `${BODY} ` }],
    ["of another version", { signature: signed().signature.replace("v1,", "v1a,") }],
    ["cut short", { signature: signed().signature.slice(0, 20) }],
    ["empty", { signature: "" }],
    ["no signature at all", { signature: "v1" }],
  ])("is refused if it is %s", (_, change) => {
    expect(verifierOf(SECRET)({ ...signed(), ...change })).toBe(false);
  });

  it("is verified by the key of its address, with only the secret of the service that receives callbacks", () => {
    const service = new URL("http://127.0.0.1:8080/countersign");
    const path = "sign_1abc/outcome";
    const [signer] = endpointSignersOf(SECRET, new URL(`${service.href}/${path}`));
    const at = new Date();
    const message = { ...signed(OTHER, at), signature: signer?.sign("m1", at, BODY) as string };
    const below = formatKey(secretBelow(secretBytes(SECRET), service));
    for (const held of [SECRET, below, `${OTHER} ${SECRET}`, `${OTHER} ${below}`]) {
      expect(verifierOf(held, service)(message, path)).toBe(true);
      expect(verifierOf(held, service)(message, "sign_1abd/outcome")).toBe(false);
      expect(verifierOf(held, new URL("http://127.0.0.1:8080/another"))(message, path)).toBe(held.endsWith(below));
      expect(verifierOf(held)(message)).toBe(false);
    }
    expect(verifierOf(below, service)(signed(), path)).toBe(false);
    expect(verifierOf(OTHER, service)(message, path)).toBe(false);
  });

  it("is preserved in an awakeable", () => {
    const message = signed();
    expect(fromBytes(toBytes(message))).toEqual(message);
    for (const made of ["", "no", "null", "[]", '{"id": 1}']) expect(fromBytes(Buffer.from(made))).toBeNull();
  });
});

describe("the outcome of a callback", () => {
  const request = { id: "r1", status: "REJECTED", approvers: [], version: 2, context: { secret: 1 } };
  const tell = (change: object) => outcomeIn(JSON.stringify({ data: { request: { ...request, ...change } } }));

  it("is the final request, without its context", () => {
    expect(tell({})).toMatchObject({ id: "r1", status: "REJECTED", version: 2, isOpen: false });
    expect(tell({})).not.toHaveProperty("context");
  });

  it("is null if the request is open or missing", () => {
    for (const status of ["PENDING", "ESCALATED", "DONE", null]) expect(tell({ status })).toBeNull();
    for (const body of ["", "null", "{}", '{"data": {"request": 1}}']) expect(outcomeIn(body)).toBeNull();
  });
});

describe("the options of the Restate adapter", () => {
  const right = {
    url: "http://127.0.0.1:1/graphql",
    token: "t",
    ingressUrl: "http://127.0.0.1:2/",
    webhookSecret: SECRET,
  };

  it.each<[string, Partial<RestateApprovalsOptions>, RegExp]>([
    ["no token", { token: "" }, /needs url and token: token is empty/],
    [
      "an ingress that is not an address",
      { ingressUrl: "restate:8080" },
      /^ingressUrl must be an http or https URL, got "restate:8080"/,
    ],
    ["an interval that is too short", { checkEveryMs: 0 }, /^checkEveryMs must be 1000 or more, or null, got 0/],
    ["no secret", { webhookSecret: " " }, /^webhookSecret must be/],
    ["a secret that cannot be decoded", { webhookSecret: "pa$$word" }, /^webhookSecret must be (?!.*pa\$\$word)/],
  ])("are refused with %s, without showing a secret", (_, change, why) => {
    expect(() => createRestateApprovals({ ...right, ...change })).toThrow(why);
  });

  it("name the service that receives callbacks", () => {
    expect(createRestateApprovals(right).callbacks.name).toBe("countersign");
    expect(createRestateApprovals({ ...right, serviceName: "approvals" }).callbacks.name).toBe("approvals");
  });
});
