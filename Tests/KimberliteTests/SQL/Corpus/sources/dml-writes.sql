# INSERT, UPDATE, DELETE with their FROM, USING and RETURNING.

create table t (id int primary key, g text default 'd', v int, n numeric(8,2), at date);
create table s (k int, w int, g text);
create table log (id int, note text);
insert into s values (1, 10, 'a'), (2, 20, 'b'), (2, 25, 'b'), (null, 30, 'c'), (4, null, null);

insert into t values (1, 'a', 10, 1.5, '2024-01-01');
insert into t (id, v) values (2, 20), (3, 30) returning *;
insert into t values (4) returning id, g, v is null;
insert into t (v, id) values (50, 5);
insert into t values (6, default, default, default, default);
insert into t default values;
insert into t values (7, 'x', 1, 2.345, '2024-02-30');
insert into t values (7, 'x', 1, 2.345, '2024-02-28') returning n, at, id * 2 as twice;
insert into t values (7, 'again');
insert into t values (8, 'x'), (8, 'y');
insert into t values (8, 'x'), (9);
insert into t select k + 100, g, w from s where k is not null and w < 25 returning id, v;
insert into t (id) select 200 + k from s where k < 3;
insert into t (id, g) select 300, 'one' union select 301, 'two' order by 1 returning g;
insert into t (id) values ((select max(id) + 1 from t)) returning id;
insert into t (id, v) values (400, (select sum(w) from s)) returning v;
insert into t (id, v) values (401, 'x');
insert into t (id, v) values (401, '5'), (402, 5.5), (403, 4.4), (404, null) returning id, v;
insert into t (id, v) values (405, 2147483648);
insert into t (id, v) values (405, 1.5::float8), (406, 2.5::float8) returning v;
insert into t (id, v) values (405, true);
insert into t (id, g) values (407, 5), (408, 'a' || 'b');
insert into t (id, g) values (409, 5::text), (410, 'a' || 'b') returning g;
insert into t (id, at) values (411, 'epoch') returning at;
insert into t (id, at) values (412, timestamp '2024-01-01 10:00') returning at;
insert into t (id, at) values (413, 5);
insert into t (id, n) values (414, 999999.994), (415, 999999.995);
insert into t (id, n) values (414, 999999.994) returning n;
insert into t (t.id) values (1);
insert into nope values (1);
insert into t (nope) values (1);
insert into t (id, id) values (1, 1);
insert into t values (500, 'a', 1, 1, '2024-01-01', 'extra');
insert into t (id, v) select 1;
insert into t (id) values (500) returning nope;
insert into t (id) values (500) returning sum(id);
insert into t (id) values (500) returning (select count(*) from s), t.id, t.*;
insert into t as x (id, g) values (501, 'alias') returning x.id, x.g;
insert into t as x (id) values (502) returning t.id;
insert into t (id) with w as (select 503 as i) select i from w returning id;
with w as (select 504 as i) insert into t (id) select i from w returning id;
insert into t (id) values (505) returning id as "offset", g as "The G";
insert into t (id) values (1 + 505), (506 + 1) returning id;
insert into t (id) select id + 1000 from t where id < 3 returning id;
insert into t (id) select id from t where false returning id;
insert into t (id, v) values (600, default) returning v;
insert into t (id, v) values (601, sum(1));
insert into t (id, v) values (601, v);
select count(*), sum(id), sum(v) from t;
delete from t where id > 100 returning id;
select * from t order by id;

# UPDATE.

%for u = v = 1 where id = 1 | v = v + 1 where id = 2 | v = null, g = 'z' where id = 3 | v = default, g = default where id = 3 | (v, g) = (7, 'seven') where id = 4 | (v, g) = row (8, 'eight') where id = 4 | (v, g) = (select w, g from s where k = 1) where id = 4 | (v, g) = (select w, g from s where k = 99) where id = 4 | (v, g) = (select w, g from s where k = 2) where id = 4 | (v, g) = (1, 2, 3) where id = 4 | (v) = (9) where id = 4 | (v) = row (9) where id = 4 | v = (select max(w) from s) where id = 5 | v = (select w from s where s.k = t.id) where id in (1, 4) | n = v where id = 2 | n = v / 3.0 where id = 2 | at = at + 1 where id = 1 | at = '2024-12-31' where id = 7 | id = 70 where id = 7 | id = 7 where id = 70 | id = 1 where id = 2 | v = v where v > 15 | v = 0 where g = 'd' | v = 1 where null | v = 5 where id in (select k from s) | v = 6 where exists (select 1 from s where s.k = t.id and s.w > 15) | v = case when v > 5 then 1 else 2 end | g = g || '!' where length(g) < 3 | v = v, v = 2 | nope = 1 | v = nope | v = 'x' where id = 1 | v = 'x' where id = 99 | v = 1.5 where id = 1 | g = 5 where id = 1 | n = 1e10 where id = 1 | id = null where id = 1 | v = sum(v) | v = 1 where sum(v) > 1 | t.v = 1 | v = s.w from s where s.k = t.id | v = s.w from s where s.k = t.id and s.k = 1 | v = v + s.w, g = s.g from s where s.k = t.id and s.w = 10 | v = q.m from (select k, max(w) as m from s group by k) q where q.k = t.id | v = a.v from t a where a.id = t.id + 1 and t.id = 1 | v = 0 from s join log on log.id = s.k where s.k = t.id | v = 1 from nope | v = 1 from s where k = id and t.nope = 1 | v = x.w from s as x left join log on log.id = x.k where x.k = t.id and x.k = 1 | v = v2.b from (values (1, 100), (2, 200)) v2 (a, b) where v2.a = t.id
update t set {u} returning t.id, t.g, t.v, t.n, t.at;

update t x set v = x.v + 1 where x.id = 1 returning x.id, x.v;
update t x set v = 1 where t.id = 1;
update t as x set v = y.v from t y where y.id = 2 and x.id = 1 returning x.id, x.v, y.id, y.v;
update t set v = 3 where id = 1 returning v, (select max(v) from t), t.*;
update t set v = 1 where id = 1 returning sum(v);
update t set v = s.w from s where s.k = t.id and s.k = 1 returning t.id, s.*;
update t set v = s.w from s where s.k = t.id and s.k = 4 returning *;
with q as (select id from t where v is null) update t set v = -1 from q where q.id = t.id returning t.id, t.v;
with q as (select 5 as x) update t set v = (select x from q) where id = (select x from q) returning v;
update only t set v = 2 where id = 1 returning v;
update t set v = 1, where id = 1;
update t v = 1;
update s set w = w + 1 where g = 'b';
select * from s order by k nulls last, w;
update s set k = k + 1;
select count(distinct k) from s;
update t set id = -id;
update t set id = -id;
select * from t order by id;

# DELETE.

%for d = where id = 99 | where v is null and g is null | where id in (select k from s where w = 10) | using s where s.k = t.id and s.w > 20 | using s, log where s.k = log.id and log.id = t.id | where null | using nope | where nope = 1 | where sum(id) > 1 | where exists (select 1 from s where s.k = t.id + 2) | as x where x.id = 5 | as x using s as y where x.id = y.k and y.k = 3 | where (id, g) in (select k, g from s) | where id = (select max(id) from t) | where id > all (select k from s where k is not null) and id > 100
delete from t {d} returning *;

with q as (select max(id) as m from t) delete from t using q where t.id = q.m returning t.id;
delete from only t where id = 1 returning id;
delete t where id = 1;
delete from t returning id, v;
delete from t;
select count(*) from t;
delete from s where ctid is not null and k = 99;

# Rows without a key, and duplicates.

create table bag (a int, b text);
insert into bag values (1, 'x'), (1, 'x'), (1, 'x'), (2, null), (null, null);
delete from bag where b is null returning a;
update bag set a = 2 returning a, b;
insert into bag select * from bag;
select count(*) from bag;
update bag set b = 'y' from (values (2), (2)) q (k) where q.k = bag.a returning b;
delete from bag using (values (2), (2)) q (k) where q.k = bag.a returning b;
select count(*) from bag;

# Keys of several columns and of every type.

create table key2 (a int, b text, v int, primary key (a, b));
insert into key2 values (1, 'x', 1), (1, 'y', 2), (2, 'x', 3);
insert into key2 values (1, 'x', 9);
insert into key2 values (1, null, 9);
insert into key2 values (null, 'x', 9);
update key2 set b = 'z' where a = 1 and b = 'y' returning *;
update key2 set a = 1 where a = 2;
update key2 set a = a + 1, b = b || '2' returning a, b;
delete from key2 where (a, b) = (2, 'x2') returning v;
select * from key2 order by a, b;

%for t ; a ; b = text ; 'a' ; 'A' | numeric ; 1.0 ; 1 | numeric ; 1.50 ; 1.5000001 | date ; '2024-01-01' ; '2024-01-02' | timestamptz ; '2024-01-01 10:00Z' ; '2024-01-01 11:00+01' | uuid ; '00000000-0000-0000-0000-00000000000A' ; '00000000-0000-0000-0000-00000000000a' | interval ; '1 day' ; '2 days' | bytea ; '\x00' ; '\x0000' | boolean ; true ; 'f' | char(3) ; 'a' ; 'a  ' | varchar(3) ; 'a' ; 'a  ' | bigint ; 1 ; '1' | double precision ; 0 ; '-0' | real ; 0.1 ; 0.10000001 | time ; '10:00' ; '10:00:00.000001' | smallint ; 1 ; 1.4
%begin
create table kt (k {t} primary key, v int);
insert into kt values ({a}, 1);
insert into kt values ({b}, 2);
insert into kt values ({a}, 3) on conflict (k) do update set v = kt.v + 10 returning v;
select count(*) from kt where k = {a};
update kt set v = 5 where k = {b} returning v;
delete from kt where k = {a} returning v;
select v from kt order by k;
drop table kt;
%end
