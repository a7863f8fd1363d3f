/**
 * Inserts notifications as they are after some years: ten for each request, nearly all sent, some failed, few pending.
 */

import pg from "pg";

/** The number of recipients; half of Slack's messages go to a channel, and all webhooks to one endpoint. */
export const PEOPLE = 500;
export const ENDPOINT = "https://hooks.example.org/in";

const FILL = `
insert into approval_notifications (tx, approval_request_id, kind, channel, recipient, status, sent_at, failed_at,
  retry_count, next_attempt_at, subject, metadata, error_message, created_at, updated_at)
select place::text::xid8, id, kind, channel,
       case when channel = 'WEBHOOK' then '${ENDPOINT}' when channel = 'SLACK' and m = 6 then '#approvals'
            else 'user-' || (place + m) % ${PEOPLE} end,
       case when is_gone then 'FAILED' when is_new then 'PENDING'
            when channel = 'IN_APP' and (place + m) % 50 <> 0 then 'READ' else 'SENT' end,
       case when not is_gone and not is_new then made end, case when is_gone then made end,
       case when is_gone then 5 else 0 end, case when is_new then made end, title,
       '{"to":"person","actor":null,"comment":null,"status":"PENDING"}', case when is_gone then 'refused' end, made, made
  from (select id, title, created_at as made, row_number() over (order by created_at, id) as place, count(*) over () as n
          from approval_requests) request
 cross join generate_series(0, 9) m
 cross join lateral (
   select (array['IN_APP','IN_APP','IN_APP','EMAIL','EMAIL','EMAIL','SLACK','SLACK','WEBHOOK','WEBHOOK'])[m + 1]
            as channel,
          case when m % 2 = 0 then 'REQUESTED' when place % 10 = 0 then 'REMINDER'
               when place % 1000 = 1 then 'ESCALATED' else 'DECIDED' end as kind,
          m > 2 and (place * 10 + m) % 97 = 0 and place < n * 0.9 as is_gone,
          m > 2 and place > n - 3 as is_new) drawn`;

/** Inserts notifications of every request, without triggers; the planner knows the statistics. */
export async function fillNotifications(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query(FILL);
    await client.query("vacuum analyze approval_notifications");
  } finally {
    await client.end();
  }
}
