/** The hashes of the audit log, and rows from before the chain. */

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditChains, type AuditEntry, hashOf, personalDigestOf } from "../../src/audit/chain.ts";
import { listMigrations, migrate } from "../../src/db/migrate.ts";
import type { ChainedRow } from "../../src/db/queries/audit-chain.ts";
import type { JsonObject } from "../../src/model/approvals.ts";
import { chainOf, verifyDatabase } from "../support/audit/audit.ts";
import { createTestDatabase, type TestDatabase } from "../support/db/database.ts";
import { insert, insertRequest } from "../support/db/rows.ts";

const text = fc.string({ unit: "grapheme" });
const entry = fc.record<AuditEntry>({
  approvalRequestId: fc.uuid(),
  action: fc.constantFrom("CREATED", "APPROVED", "COMMENTED"),
  userId: fc.option(text),
  userEmail: fc.option(text),
  ipAddress: fc.option(fc.ipV4()),
  userAgent: fc.option(text),
  oldStatus: fc.constantFrom(null, "PENDING"),
  newStatus: fc.constantFrom("PENDING", "APPROVED"),
  comment: fc.option(text),
  metadata: fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })) as fc.Arbitrary<JsonObject>,
  createdAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }),
});

const digest = (value: unknown): string =>
  createHash("sha256")
    .update(canonicalize(value) as string)
    .digest("hex");

describe("a row's hash", () => {
  it("is the SHA-256 of its content as RFC 8785 JSON, with the hash of the row before it", () => {
    const property = fc.property(fc.array(entry, { minLength: 2, maxLength: 4 }), ([first, ...others]) => {
      const chains = new AuditChains();
      const approvalRequestId = (first as AuditEntry).approvalRequestId;
      let previousHash: string | null = null;
      for (const [index, one] of [first as AuditEntry, ...others].entries()) {
        const row = chains.append({ ...one, approvalRequestId });
        const { userEmail, ipAddress, userAgent, personalSalt, hash, approvalRequestId: requestId, ...content } = row;
        expect(hash).toBe(digest({ ...content, requestId }));
        expect(row).toMatchObject({ position: index + 1, previousHash });
        const none = userEmail === null && ipAddress === null && userAgent === null;
        expect(row.personalDigest).toBe(none ? null : digest({ userEmail, ipAddress, userAgent, salt: personalSalt }));
        previousHash = hash;
      }
    });
    fc.assert(property);
  });

  it("changes with every field of the row", () => {
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const row = new AuditChains().append(one);
        const personal = ["userEmail", "ipAddress", "userAgent"];
        for (const [field, value] of Object.entries({ ...other, createdAt: other.createdAt.toISOString() })) {
          const changed = { ...row, [field]: value } as ChainedRow & { personalSalt: string };
          if (digest(changed) === digest(row)) continue;
          if (!personal.includes(field)) expect(hashOf(changed)).not.toBe(row.hash);
          else if (row.personalSalt !== null) expect(personalDigestOf(changed)).not.toBe(row.personalDigest);
        }
      }),
    );
  });
});

describe("rows from before the chain", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    for (const { sql, version } of listMigrations()) if (version < 6) await database.pool.query(sql);
  });
  afterAll(() => database.drop());

  // Numbers and keys whose canonical form is not what PostgreSQL writes.
  const ODD = [
    {
      a: [
        1e21, 1e20, 123456789012345680000, 1e-6, 1e-7, 1.5e300, -0.000001234, 5e-324, 0, -1, 0.1,
        1.7976931348623157e308,
      ],
    },
    { "\u{1F600}": 1, "\uFB33": 2, b: { d: null, c: true }, "": [], é: '\u0001\u007f\u2028\\"/\b' },
    { condition: { field: "context.a", operator: "EQ", value: "x" }, list: [[], {}, [1, { z: 1, a: 2 }]] },
  ];

  it("are added to the chain by the migration, whatever their content", async () => {
    const ids = await Promise.all([1, 2, 3].map(() => insertRequest(database.pool)));
    const values = fc.sample(fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })), { numRuns: 30, seed: 7 });
    for (const [index, metadata] of [...ODD, ...values].entries()) {
      await insert(database.pool, "approval_audit_log", {
        approval_request_id: ids[index % 2],
        action: "COMMENTED",
        user_id: "bob",
        user_email: index % 3 === 0 ? null : 'b"ob@example.org',
        comment: index % 2 === 0 ? null : "line\nline",
        new_status: "PENDING",
        metadata: JSON.stringify(metadata).replaceAll("\\u0000", ""),
      });
    }
    const { rows } = await database.pool.query("select version, updated_at from approval_requests order by id");
    expect(await migrate(database.url)).toContain("0006_audit_chain");
    const after = await database.pool.query("select version, updated_at from approval_requests order by id");
    expect(after.rows).toEqual(rows);
    expect(await verifyDatabase(database.url)).toMatchObject({ ok: true, requests: 3, rows: ODD.length + 30 });
    expect((await chainOf(database.url, ids[0] as string)).at(-1)?.position).toBe(17);
    expect(await chainOf(database.url, ids[2] as string)).toEqual([]);
  });
});
