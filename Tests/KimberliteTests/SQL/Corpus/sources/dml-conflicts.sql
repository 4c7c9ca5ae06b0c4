# ON CONFLICT and MERGE.

create table t (id int primary key, u text unique, v int check (v < 1000), n int default 1);
insert into t values (1, 'a', 10), (2, 'b', 20), (3, null, 30);

%for c = do nothing | (id) do nothing | (u) do nothing | on constraint t_pkey do nothing | (id) do update set v = excluded.v | (u) do update set v = excluded.v | (id) do update set v = t.v + excluded.v | (id) do update set v = excluded.v where t.v > 15 | (id) do update set v = t.v where false | (id) do update set u = excluded.u | (id) do update set id = excluded.id + 100 | (id) do update set (v, n) = (excluded.v, 5) | (id) do update set v = default, n = default | (id) do update set v = (select max(v) from t) | (id) do update set n = t.n + 1, v = case when excluded.v > t.v then excluded.v else t.v end | (nope) do nothing | (v) do nothing | (id, u) do nothing | on constraint nope do nothing | do update set v = 1 | (id) do update set nope = 1 | (id) do update set v = nope | (id) do update set v = v | (id) do update set v = excluded.nope | (id) do update set v = 5000 | (id) do update set id = null | (id) do update set v = sum(excluded.v) | (id) do update set t.v = 1
%for r = (1, 'z', 11) | (9, 'a', 12) | (1, 'a', 13), (10, 'q', 14) | (2, 'a', 15) | (4, null, 16), (4, null, 17)
insert into t values {r} on conflict {c} returning id, u, v, n;

select * from t order by id;
insert into t as x (id, v) values (1, 7) on conflict (id) do update set v = x.v + excluded.v returning x.v;
insert into t as x (id, v) values (1, 7) on conflict (id) do update set v = t.v;
insert into t select id, u, v + 1 from t on conflict (id) do update set v = excluded.v returning id, v;
insert into t (id, v) values (1, 1) on conflict (id) where id > 0 do nothing;
insert into t (id) values (null) on conflict do nothing;
insert into t (id, v) values (77, 5000) on conflict do nothing;
with w as (select 1 as i) insert into t (id) select i from w on conflict do nothing returning id;
create table two (a int, b int, c int, unique (a, b));
insert into two values (1, 1, 1), (null, 1, 2), (null, 1, 3);
insert into two values (1, 1, 9) on conflict (a, b) do update set c = excluded.c returning *;
insert into two values (1, 1, 9) on conflict (b, a) do update set c = two.c + 1 returning *;
insert into two values (null, 1, 9) on conflict (a, b) do nothing returning *;
insert into two values (1, 2, 9) on conflict (a) do nothing;
insert into two values (5, 5, 5), (5, 5, 6) on conflict do nothing returning c;
insert into two values (6, 6, 5), (6, 6, 6) on conflict (a, b) do update set c = 7;
select * from two order by a, b, c;
create unique index part on two (c) where a is null;
insert into two values (null, 9, 2) on conflict (c) where a is null do nothing returning *;
create unique index low on t (lower(u));
insert into t (id, u) values (88, 'B') on conflict (lower(u)) do nothing returning id;
insert into t (id, u) values (88, 'B') on conflict (u) do nothing returning id;

# MERGE.

create table m (id int primary key, v int, s text);
create table src (id int, v int, op text);
%for w = when matched then update set v = src.v | when matched then delete | when not matched then insert values (src.id, src.v, src.op) | when not matched then insert (id, v) values (src.id, src.v) | when matched then do nothing | when not matched then do nothing | when matched and src.op = 'del' then delete when matched then update set v = m.v + src.v, s = src.op when not matched and src.op = 'ins' then insert (id, v, s) values (src.id, src.v, 'new') when not matched then do nothing | when matched and m.v > 15 then update set v = -m.v | when not matched then insert default values | when not matched then insert (id, s) values (src.id, default) | when matched then update set (v, s) = (src.v, src.op) | when matched then update set v = default | when matched then update set id = src.id + 100 | when matched then update set nope = 1 | when not matched then insert (nope) values (1) | when not matched then update set v = 1 | when matched then insert values (1, 1, 'x') | when not matched then insert (id) values (m.id) | when not matched then insert values (src.id, src.v) | when not matched then insert values (1, 1, 'dup') | when matched and src.v > 50 then update set v = 50 when matched and src.v > 10 then update set v = 10 when matched then delete | when matched then update set v = (select max(v) from src) | when matched and null then delete when not matched and src.v is null then insert (id) values (src.id) | when not matched and false then insert (id) values (src.id) | when matched then update set v = src.v when matched then delete | when not matched then delete | when matched then update set v = src.v where m.id = 1 | when matched then update set v = src.v returning m.id
%begin
delete from m;
delete from src;
insert into m values (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c'), (4, null, 'd');
insert into src values (1, 100, 'upd'), (2, 200, 'del'), (5, 500, 'ins'), (6, null, 'skip'), (4, 1, 'nop');
merge into m using src on m.id = src.id {w};
select id, v, s from m order by id;
%end

delete from m;
insert into m values (1, 10, 'a'), (2, 20, 'b');
merge into m as t using (select 1 as k, 5 as add union all select 3, 7) as s on t.id = s.k when matched then update set v = t.v + s.add when not matched then insert (id, v) values (s.k, s.add);
select * from m order by id;
merge into m using (values (1), (1)) q (k) on m.id = q.k when matched then update set v = 0;
merge into m using (values (9), (9)) q (k) on m.id = q.k when not matched then insert (id) values (q.k);
merge into m using src on false when not matched and src.id > 4 then insert (id, v) values (src.id + 100, src.v);
select id, v from m order by id;
merge into m using src on m.id = src.id + 100 when matched and m.v is null then delete when matched then update set s = 'seen';
select id, v, s from m order by id;
merge into m using nope on true when matched then delete;
merge into nope using src on true when matched then delete;
merge into m using src on m.nope = 1 when matched then delete;
merge into m using m on true when matched then delete;
merge into m using src on m.id = src.id;
merge into m m2 using m s2 on m2.id = s2.id + 1 when matched then update set v = s2.v;
select id, v from m order by id;
with w as (select 1 as id, 77 as v) merge into m using w on w.id = m.id when matched then update set v = w.v;
select v from m where id = 1;
merge into m using src on m.id = src.id join m on true when matched then delete;
merge into m using src left join m x on x.id = src.id on m.id = x.id when matched then update set s = 'joined';
select id, s from m order by id;
