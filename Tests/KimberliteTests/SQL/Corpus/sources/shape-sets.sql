# Set operations, ordering, limits, DISTINCT, VALUES and WITH.

create table p (a int, b text);
create table q (a int, b text);
create table r (a double precision, b varchar(5));
create table z (a int, b text);
insert into p values (1, 'x'), (1, 'x'), (2, 'y'), (3, null), (null, null), (null, null), (4, 'w');
insert into q values (1, 'x'), (2, 'y'), (2, 'y'), (3, 'z'), (null, null), (5, 'v');
insert into r values (1, 'x'), (2.5, 'y'), (null, 'n'), (4.0, 'w');

%def ops = union | union all | intersect | intersect all | except | except all

%for op = $ops
%for l ; r = p ; q | q ; p | p ; z | z ; p | p ; p | p ; r
select a, b from {l} {op} select a, b from {r};

%for op = $ops
%for c = a | b
select {c} from p {op} select {c} from q;

%for o = $ops
%for n = $ops
select a from p {o} select a from q {n} select a from r;

%for o = $ops
%for n = $ops
%take 20
(select a from p {o} select a from q) {n} select 1;

%for o = $ops
%for n = $ops
%take 20
select a from p {o} (select a from q {n} select 2);

%for op = $ops
select a, count(*) from (select a from p {op} select a from q) d group by a;

%for op = $ops
select a from p {op} select a from q order by a desc nulls last limit 3;

%for op = $ops
(select a from p order by a limit 3) {op} (select a from q order by a desc nulls last limit 2);

%for op = $ops
select a, b from p where a > 1 {op} values (2, 'y'), (9, null);

%for op = $ops
select id from (values (1), (2)) v (id) where id in (select a from p {op} select a from q);

%for op = $ops
with w as (select a from p {op} select a from q) select count(*), count(a), sum(a) from w;

%for op = $ops
%for l ; r = 1 ; 2.5 | 1 ; null | null ; 'a' | null ; null | 'a' ; 'b' | 1 ; '2' | date '2020-01-01' ; timestamp '2020-01-01 10:00' | 1::smallint ; 2::bigint | 1 ; 1.5 | 1::real ; 1::float8 | 'a'::varchar(3) ; 'a  '::text | true ; null | interval '1 day' ; interval '25 hours' | 1.0 ; 1.01
select {l} as v {op} select {r};

select 1 union select 'a';
select 1, 2 union select 1;
select a from p union select b from q;
select a from p union select a from q order by b;
select a as k from p union select a from q order by k;
select a from p union select a from q order by a + 1;
select a from p union select a from q order by 2;
select a from p order by a union select a from q;
select a from p limit 1 union select a from q;
select true union select 1;
select null union select 1 order by 1;
select 1 union select null union select 'x';
select date '2020-01-01' union select 1;
select a, b from p union select b, a from q;
select 1 as x union select 2 as y order by y;
select 1 as x union all select 2 as y order by x desc;
select * from p union select * from nope;
values (1), (2) union values (2), (3) order by 1;
values (1, 'a') union all select a, b from z;
table p;
select a from p except all select a from p except all select a from p;
(((select 1)));
(select 1) union (select 2) order by 1;
select 1 intersect select 1 union select 2 order by 1;
select 2 union select 1 intersect select 1 order by 1;
select 3 except select 3 union select 3;

# ORDER BY.

%for o = a | a desc | a nulls first | a desc nulls last | b, a | b desc, a desc | b nulls first, a | a is null, a | -a | a % 2, a desc, b | 1 | 1 desc, 2 | 2 nulls first, 1 desc | lower(b), a | case when a = 2 then 0 else 1 end, a | a + 1 desc nulls last | coalesce(a, 100) | length(b) nulls first, a | b collate "C", a | (a, b) | b using >, a | b || a, a | (select max(q.a) from q where q.a < p.a) nulls first, a | a = 2, a | null, a
select a, b from p order by {o};

%for o = a + 0 | b nulls first, k | k | k desc nulls first | 2, 1 | count(*) desc, k | sum(a) nulls first, k | max(b) nulls last, k | k % 2, k nulls first | avg(a) desc nulls last
select a as k, max(b) as b, count(*) from p group by a order by {o};

select a as b, b as a from p order by a nulls first, 1;
select a as x from p order by x + 1;
select a from p order by 3;
select a from p order by 0;
select a from p order by -1;
select a from p order by '1';
select a from p order by 1.5;
select a from p order by nope;
select distinct a from p order by b;
select distinct a from p order by a + 1;
select distinct a, b from p order by b nulls first, a;
select distinct a + 1 as n from p order by n;
select distinct a + 1 from p order by a + 1;
select a, b as a from p order by a;
select a, a from p order by a;
select p.a from p order by p.b nulls first, p.a;
select a from p order by sum(a);
select count(*) from p order by count(*);
select 1 order by 1;
select a from z order by a;
select a from p order by true, a;

# LIMIT.

%for l = limit 2 | limit 0 | limit null | limit all | limit 2 offset 1 | offset 3 | offset 100 | offset 0 | limit 1 offset 6 | offset 2 limit 2 | fetch first 2 rows only | fetch next row only | fetch first row only | offset 1 row fetch next 2 rows only | offset 2 rows | limit 1 + 1 | limit 2::bigint | limit '3' | limit 2.4 | limit 2.6 | offset null | fetch first 3 rows with ties | fetch first 1 row with ties | limit (select 2) | offset (select 5)
select a, b from p order by a nulls first, b {l};

%for l = limit -1 | offset -1 | limit 'x' | limit a | limit true | fetch first -1 rows only | limit 1 limit 2 | limit 99999999999999999999 | limit 9223372036854775807 offset 9223372036854775807 | fetch first 2 rows with ties
select a from p {l};

# DISTINCT.

%for d = distinct a | distinct b | distinct a, b | distinct a is null | distinct a % 2 | distinct null | distinct 1 | distinct coalesce(b, '') | distinct * | distinct count(*) | distinct a, 1 | all a
select {d} from p;

%for d ; o = a ; a, b | a ; a desc, b desc | b ; b, a | b ; b nulls first, a desc | a, b ; a, b | a % 2 ; a % 2, a | a is null ; a is null, a | 1 ; 1, 2 nulls first | b is null ; b is null, a desc nulls last | (a) ; a, b nulls first | length(b) ; length(b), b, a
select distinct on ({d}) a, b from p order by {o};

select distinct on (a) a, b from p order by b;
select distinct on (a) b from p order by a, b;
select distinct on (a) a, count(*) over (partition by a) from p order by a;
select distinct on (b) b, max(a) from p group by b order by b;
select distinct on (a) a, b from p order by a, b limit 2;
select distinct on (a) a from p union select 7 order by 1;
select distinct on (3) a, b from p;
select distinct on (nope) a from p;
select distinct on (x) a as x, b from p order by x, b;
select count(*) from (select distinct on (b) a from p order by b, a) d;
select distinct on (p.a, q.b) p.a, q.b, p.b from p join q using (a) order by p.a, q.b, p.b;
select distinct on () a from p;
select count(distinct a) from p;
select count(distinct (a, b)) from p;
select count(distinct b), count(b), sum(distinct a), sum(a), avg(distinct a) from p;

# VALUES.

%for v = (1), (2), (null) | (1, 'a'), (2, null) | (1), (2.5) | (null), (1) | ('a'), (null) | (null, null) | (1, true, date '2020-01-01') | (1 + 1), (2 * 3) | ((select max(a) from p)) | (1), ('2') | (1::smallint), (70000) | ('1'), (2) | (interval '1 day'), (null) | (2), (1) order by 1 | (2), (1), (3) order by column1 desc limit 2 | (1), ('x') | (1, 2), (1) | () | (default) | (sum(1)) | (1), (true)
values {v};

%for v = (values (1, 2), (3, 4)) as v (a, b) | (values (1, 2), (3, 4)) v | (values (1), (2)) as v (a) cross join (values ('x'), ('y')) as w (b) | (values (1, 2)) as v (a, b, c) | (values (null), (1)) v (a) | (values ('a'), (null)) v (a) where a is null | (values (1.5), (2)) v
select * from {v};

# WITH.

with w as (select 1 as x) select x from w;
with w (y) as (select 1 as x) select y from w;
with w (y) as (select 1 as x) select x from w;
with w (y, z) as (select 1 as x) select * from w;
with w (y) as (select 1, 2) select * from w;
with w as (select * from p), v as (select a from w where a > 1) select * from v order by a;
with v as (select * from w), w as (select 1) select * from v;
with w as (select 1), w as (select 2) select * from w;
with p as (select 99 as a) select a from p;
with w as (select a from p) select w1.a, w2.a from w w1 join w w2 on w1.a + 1 = w2.a order by 1, 2;
with w as (select a from p) select count(*) from w where a in (select a from w where a > 1);
with w as materialized (select a from p) select count(*) from w;
with w as not materialized (select a from p) select count(*) from w;
select * from (with w as (select 5 as x) select x + 1 from w) d;
select (with w as (select 5 as x) select x + 1 from w);
with w as (select 1 as x) select x from w union all select x + 1 from w order by 1;
with w as (select 1 as x) (select x from w);
with w as (values (1), (2)) select sum(column1) from w;
with w (n) as (values (1), (2)) select n from w order by n desc;
with w as (select a from p union select a from q) select max(a) from w;
with w as (with v as (select 2 as x) select x * 2 as y from v) select y from w;
with w as (with v as (select 2 as x) select x from v) select x from v;
with w as (select a, count(*) as n from p group by a) select * from w where n > 1 order by a;
with w as (select 1) select * from nope;
with w as (select nope) select 1;
with w as (select 1 as x) select nope from w;
with w as (select 1 as x) select 1 where exists (select 1 from w where x = 1);
with a as (select 1 as x), b as (select x + 1 as x from a), c as (select x + 1 as x from b) select a.x, b.x, c.x from a, b, c;
with w as (select a from p order by a nulls last limit 2) select * from w order by a desc;
with w as (select null as x) select x is null, pg_typeof(x) from w;
with w as (select 'abc' as x) select pg_typeof(x), length(x) from w;

# WITH RECURSIVE.

create table tree (id int primary key, parent int, name text, w numeric);
insert into tree values (1, null, 'root', 1.5), (2, 1, 'a', 2), (3, 1, 'b', 0.25), (4, 2, 'aa', 4), (5, 2, 'ab', null), (6, 4, 'aaa', 1), (7, null, 'other', 7), (8, 8, 'self', 1);
create table edge (f int, t int);
insert into edge values (1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 4), (6, 7);

with recursive n (i) as (select 1 union all select i + 1 from n where i < 10) select sum(i), count(*) from n;
with recursive n (i) as (values (1) union all select i + 1 from n where i < 3) select * from n order by i;
with recursive n (i) as (select 1 union all select i + 1 from n) select i from n limit 5;
with recursive f (a, b) as (select 0, 1 union all select b, a + b from f where b < 100) select a from f order by a, b;
with recursive f (n, v) as (select 1, 1::numeric union all select n + 1, v * (n + 1) from f where n < 25) select n, v from f where n in (1, 10, 25) order by n;
with recursive t as (select id, name, 0 as depth from tree where parent is null union all select c.id, c.name, depth + 1 from tree c join t on c.parent = t.id) select id, name, depth from t order by id;
with recursive t as (select id, name as path from tree where parent is null union all select c.id, t.path || '/' || c.name from tree c join t on c.parent = t.id) select * from t order by path;
with recursive up as (select id, parent from tree where id = 6 union all select p.id, p.parent from tree p join up on p.id = up.parent) select id from up order by id;
with recursive t as (select id, id as top, w from tree where parent is null union all select c.id, t.top, c.w from tree c join t on c.parent = t.id) select top, sum(w), count(*) from t group by top order by top;
with recursive r (n) as (select 1 union select t from r join edge on f = n) select n from r order by n;
with recursive r (n) as (select 6 union select t from r join edge on f = n) select n from r order by n;
with recursive r (n, d) as (select 1, 0 union select t, d + 1 from r join edge on f = n where d < 4) select n, d from r order by n, d;
with recursive r as (select 8 as id union select tree.id from tree join r on tree.parent = r.id) select * from r;
with recursive w as (select 1 as x) select * from w;
with recursive a (n) as (select 1 union all select n + 1 from a where n < 3), b (m) as (select 10 union all select m + n from b join a on n = m - 9 where m < 13) select * from b order by m;
with recursive c (s) as (select 'a' union all select s || 'b' from c where length(s) < 4) select s from c order by length(s);
with recursive c (s, n) as (select 'a'::text, 1 union all select repeat('x', n), n + 1 from c where n < 4) select * from c order by n;
with recursive d (x) as (select date '2020-02-27' union all select x + 1 from d where x < '2020-03-02') select x from d order by x;
with recursive n (i) as (select 1 union all select i * 2 from n where i < 1000) select max(i), min(i), avg(i) from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select i, (select count(*) from n m where m.i <= n.i) from n order by i;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select a.i, b.i from n a join n b on a.i * b.i = 4 order by 1;
with recursive n (i) as ((select 1 union select 2) union all select i + 2 from n where i < 5) select i from n order by i;
with recursive n (i, j) as (select 1, 1 union all select i + 1, null from n where i < 3) select * from n order by i;

with recursive w as (select x from w) select * from w;
with recursive w (x) as (select 1 union all select sum(x) from w) select * from w;
with recursive w (x) as (select x from w union all select 1) select * from w;
with recursive w (x) as (select 1 union all select a.x from w a join w b on true) select * from w;
with recursive w (x) as (select 1 union all select x + 1 from w where x in (select x from w)) select * from w;
with recursive w (x) as (select 1 intersect select x from w) select * from w;
with recursive w (x) as (select 1 union all select 'a' from w) select * from w;
with recursive w (x) as (select 1 union all select x, x from w) select * from w;
with recursive w (x) as (select 1 union all select 1.5 * x from w where x < 3) select * from w;
with recursive w (x) as (select 1 union all select t.id from tree t left join w on w.x = t.id) select * from w;
with w (x) as (select 1 union all select x + 1 from w) select * from w;
