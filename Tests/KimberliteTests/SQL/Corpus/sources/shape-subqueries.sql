# Subqueries wherever an expression or a table can stand.

create table t (id int primary key, g int, v int, s text);
create table u (k int, w int);
create table nothing (k int, w int);
insert into t values (1, 1, 5, 'a'), (2, 1, null, 'b'), (3, 2, 7, null), (4, 2, 7, 'a'), (5, null, 0, ''), (6, 3, -2, 'z');
insert into u values (1, 5), (2, 7), (3, null), (null, 7), (7, 0);

%def tests = id in (select k from u) | id not in (select k from u) | id not in (select k from u where k is not null) | v in (select w from u) | v not in (select w from u) | v in (select w from nothing) | v not in (select w from nothing) | null in (select w from nothing) | null in (select w from u) | g in (select k from u where u.k = t.id) | exists (select 1 from u where u.k = t.id) | not exists (select 1 from u where u.k = t.id) | exists (select * from u where u.w = t.v and u.k > t.g) | exists (select from u where k = t.id) | exists (select null) | exists (select 1 where false) | v = (select max(w) from u) | v > (select avg(w) from u) | v = (select w from u where k = t.id) | v <> (select w from u where k = t.id) | v = any (select w from u) | v <> any (select w from u) | v < any (select w from u) | v <= some (select w from u) | v > all (select w from u) | v >= all (select w from u where w is not null) | v <> all (select w from u) | v = all (select w from u where k = t.id) | v < all (select w from nothing) | v < any (select w from nothing) | (v, id) in (select w, k from u) | (v, id) not in (select w, k from u where k is not null and w is not null) | (id, v) = (select k, w from u where k = t.id) | (id, v) <> (select k, w from u where k = 2) | row(id, v) < (select k, w from u where k = 2) | (select count(*) from u where u.w = t.v) > 1 | (select count(*) from t t2 where t2.g = t.g) = 2 | v = (select min(v) from t t2 where t2.g = t.g) | not (v in (select w from u)) | (v in (select w from u)) is null | (v in (select w from u)) is not true | id in (select k from u union select 6) | id in (select k from u intersect select g from t) | id in (select k from u except select 1) | id in (values (1), (3)) | v in (select v from t group by v having count(*) > 1) | id = (select id from t t2 where t2.s = t.s order by id desc limit 1) | s in (select s from t where g = 1) | s not in (select s from t where s is not null) | exists (select 1 from t t2 where t2.v = t.v and t2.id <> t.id) | exists (select 1 from u where exists (select 1 from t t3 where t3.id = u.k and t3.g = t.g)) | id < (select count(*) from u where exists (select 1 where t.v = u.w)) + 2 | id in (select u.k from u join t t2 on t2.id = u.k where t2.g = t.g) | v in (select distinct w from u) | id in (select k from u order by k limit 2) | id in (select k from u order by k offset 1) | id in (select k + (select min(id) from t) from u)

%for p = $tests
select id from t where {p};

%for p = $tests
select id, {p} as p from t order by id;

%for p = $tests
%take 20
select count(*) filter (where {p}), count(*) filter (where not ({p})), count(*) filter (where ({p}) is null) from t;

%for p = $tests
%take 20
select case when {p} then 'yes' when not ({p}) then 'no' else 'unknown' end, id from t order by id;

%for p = $tests
%take 15
select g, count(*) from t where {p} group by g order by g nulls first;

# As values.

%for e = (select max(w) from u) | (select w from u where k = 1) | (select w from u where k = 99) | (select count(*) from nothing) | (select sum(w) from nothing) | (select s from t order by id limit 1) | (select s from t t2 where t2.id = t.id + 1) | (select array_agg(w order by w) from u) | (select string_agg(s, ',' order by id) from t t2 where t2.g = t.g) | (select u.w + t.v from u where u.k = t.id) | (select max(u.w * t.g) from u) | (select t.v) | (select t.v where t.g = 2) | (select (select t.v + 1)) | (select (select max(k) from u where u.w = t.v)) | (select count(*) from u where (select u.w = t.v)) | coalesce((select w from u where k = t.id), -1) | (select w from u where k = t.id) + 1 | (select case when w is null then 'null' else 'some' end from u where k = t.id) | (select sum(a.v) from t a where a.id <= t.id) | (select count(*) from (select distinct g from t t2 where t2.id < t.id) q) | (select q.m from (select max(t2.v) as m from t t2 where t2.g = t.g) q) | (with c as (select t.v as x) select x from c) | (values (t.id)) | (select k from u union select 1 order by 1 limit 1) | exists (select) | (select true from u where k = t.id) | (select min(s) from t) || s
select id, {e} from t order by id;

select (select k from u);
select (select k, w from u where k = 1);
select 1 in (select k, w from u);
select (1, 2) in (select k from u);
select (1, 2, 3) in (select k, w from u);
select 1 = any (select k, w from u);
select id from t where v = (select w from u);
select id from t where (select 1, 2);
select id from t where (select 1);
select (select nope from u);
select (select u.nope from u);
select t.id from (select id from t where g = 1);
select 1 where exists (select nope from u);
select 'a' in (select k from u);
select 1 in (select s from t);
select (select max(t.v) from u) from t;
select (select count(*) from u where u.k = max(t.id)) from t;
select id, (select count(*) from u where w = v) from t group by id order by id;
select g, (select count(*) from u where k = g) from t group by g order by g;
select g, (select count(*) from u where k = t.v) from t group by g;
select sum((select w from u where k = t.id)) from t;
select max((select count(*) from u where u.w = t.v)) from t;
select (select sum(t.v)) from t;
select id from t order by (select w from u where k = t.id) nulls last, id;
select id from t limit (select 2);
select id from t order by id limit (select count(*) from u where k < 3);
select id from t order by id offset (select max(k) - 3 from u);
select count(*) from t group by (select 1);
select (select t.id from t where t.id = 1), (select id from t where id = 2);
select * from (select 1 as a, 2 as a) q;
select q.a from (select 1 as a, 2 as a) q;
select * from (select * from (select id, v from t) p where v > 0) q order by id;
select q.id from (select t.*, u.* from t join u on u.k = t.id) q order by 1;
select k from (select id as k from t union all select k from u) q order by k nulls first;
select a, b from (values (1, 'x'), (2, null)) v (a, b) order by a;
select a, b from (values (1, 'x'), (2, null)) v (a) order by a;
select column1, column2 from (values (1, 'x'), (2.5, null)) v order by 1;
select * from (values (1), ('a')) v;
select * from (values (1, 2), (3)) v;
select * from (select id from t order by v nulls last, id limit 3) q order by id desc;
select (select id from t where id = 1) + (select id from t where id = 2);
select count(*) from (select 1 from t, u) q;
select count(*) from (select distinct g from t) q;
select max(c) from (select count(*) c from t group by g) q;
select g, c from (select g, count(*) c from t group by g) q where c > 1 order by g;
select id from t where id = (((select 3)));
select not (select true);
select (select 1) between (select 0) and (select 2);
select case (select 1) when 1 then (select 'one') end;
select (select null::int) is null;
select cast((select '12') as int) + 1;
select array(select k from u where k is not null order by k);

# ANY and ALL of arrays.

%for op = = | <> | < | <= | > | >=
%for q = any | all | some
%for a = array[1, 5, 7] | array[5] | array[5, null] | '{1,2,7}' | array[]::int[] | '{}'::int[] | array[v] | array[v, id, null]
%take 60
select id from t where v {op} {q} ({a}) order by id;

select id from t where s = any (array['a', 'z']) order by id;
select id from t where s = any ('{a,z,NULL}') order by id;
select id from t where s <> all ('{a,z}') order by id;
select id from t where s like any (array['a%', 'z']) order by id;
select id from t where s not like all (array['a%', 'z']) order by id;
select 1 = any (null::int[]);
select null = any (array[1]);
select null = all (array[]::int[]);
select 1 = any (array['1', '2']);
select '1' = any (array[1, 2]);
select 1.5 = any (array[1, 2]);
select 1 = any (array[1.0, 2.5]);
select 1 = any ('{a}');
select 1 = any ('{1,2');
select 1 = any (1);
select 'a' = any (array[1]);
select 2 = any (array[1, 2] || 3);
select date '2020-01-01' = any ('{2020-01-01,2021-01-01}');
select uuid '00000000-0000-0000-0000-000000000001' = any ('{00000000-0000-0000-0000-000000000001}');
select true = any ('{t,f}');
select 'a"b' = any ('{"a\"b"}');
select 'NULL' = any ('{"NULL"}');
select 'NULL' = any ('{NULL}');
select x from unnest(array[3, 1, null]) x order by x;
select x from unnest('{3,1}'::int[]) x order by x;
select count(*) from unnest(array[]::text[]) x;
select x, n from unnest(array['a', 'b']) with ordinality as u (x, n) order by n;
