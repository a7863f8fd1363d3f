-- A dot that belongs to a claim's name is written `\.` in a path, as in AUTH_ROLES_CLAIM: the ids of Keycloak clients have
-- dots, for example. `claimAt` of the API follows paths by the same rule.
begin;
select pg_advisory_xact_lock(7232311478);
insert into countersign_migrations (version, name) values (22, 'claim_names');

-- The claim at a dotted path; a claim that has the whole path as its name wins.
create or replace function countersign_claim(path text) returns jsonb language sql stable parallel restricted
return (select case when claims ? path then claims -> path
               else claims #> array(select regexp_replace(part, '\\{1,2}\.', '.', 'g')
                                      from regexp_split_to_table(path, '(?<!\\)\.') with ordinality parts(part, place)
                                     order by place) end
          from countersign_claims() claims
         where jsonb_typeof(claims) = 'object');
commit;
