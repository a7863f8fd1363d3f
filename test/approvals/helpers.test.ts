import { describe, expect, it } from "vitest";
import {
  ApprovalAction,
  canUserApprove,
  getTimeUntilExpiry,
  isApprovalDecision,
  isApprovalRequest,
  isExpiredApproval,
  isExpiringApproval,
  isPendingApproval,
  isUrgentApproval,
  NotificationChannel,
} from "../../src/handler/entry.ts";
import { requestOf } from "../support/approvals/requests.ts";

const MINUTE = 60_000;
const request = requestOf({ notifyUsers: ["bob"], requestedBy: "alice" }, "alice");
const minutesBefore = (minutes: number) => new Date(request.expiresAt.getTime() - minutes * MINUTE);

describe("the helpers for programs", () => {
  it("detect whether a value is a request", () => {
    expect(isApprovalRequest(request)).toBe(true);
    expect(isApprovalRequest({ id: request.id })).toBe(false);
    expect(isApprovalRequest(null)).toBe(false);
  });

  it("detect whether a value is a decision", () => {
    expect(isApprovalDecision({ userId: "bob", comment: "fine" })).toBe(true);
    expect(isApprovalDecision({ userId: "bob", comment: 1 })).toBe(false);
    expect(isApprovalDecision({ comment: "fine" })).toBe(false);
  });

  it("return the time left: urgent below 15 minutes, expiring below an hour", () => {
    expect(getTimeUntilExpiry(request, minutesBefore(20))).toBe(20 * MINUTE);
    expect(getTimeUntilExpiry(request, minutesBefore(-1))).toBe(0);
    expect(
      [minutesBefore(60), minutesBefore(59), minutesBefore(15), minutesBefore(14)].map((now) =>
        isExpiringApproval(request, now),
      ),
    ).toEqual([false, true, true, true]);
    expect(
      [minutesBefore(16), minutesBefore(15), minutesBefore(14)].map((now) => isUrgentApproval(request, now)),
    ).toEqual([false, false, true]);
  });

  it("report whether a request is pending or expired, which a final one never is", () => {
    expect([isPendingApproval(request, minutesBefore(1)), isExpiredApproval(request, minutesBefore(1))]).toEqual([
      true,
      false,
    ]);
    expect([isPendingApproval(request, minutesBefore(0)), isExpiredApproval(request, minutesBefore(0))]).toEqual([
      false,
      true,
    ]);
    const final = { ...request, status: "CANCELLED" as const };
    expect([isPendingApproval(final, minutesBefore(1)), isExpiredApproval(final, minutesBefore(-1))]).toEqual([
      false,
      false,
    ]);
    expect(isUrgentApproval(final, minutesBefore(1))).toBe(false);
  });

  it("report whether a user may decide a request, by name or by role", () => {
    expect(canUserApprove("bob", request, [], minutesBefore(1))).toBe(true);
    expect(canUserApprove("alice", request, [], minutesBefore(1))).toBe(false);
    expect(canUserApprove("bob", request, [], minutesBefore(0))).toBe(false);
    const byRole = requestOf({ notifyUsers: [], notifyRoles: ["leads"] });
    expect(canUserApprove("carol", byRole, ["leads"], minutesBefore(1))).toBe(true);
    expect(canUserApprove("carol", byRole, [], minutesBefore(1))).toBe(false);
  });

  it("export the constants of the model", () => {
    expect([ApprovalAction.EXTENDED, NotificationChannel.IN_APP]).toEqual(["EXTENDED", "IN_APP"]);
  });
});
