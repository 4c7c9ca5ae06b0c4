# Joins of every kind over tables with NULLs, duplicates and nothing.

create table a (id int primary key, x int, s text);
create table b (id int primary key, x int, t text);
create table c (x int, u text, n numeric(6,2));
create table e (id int, x int);
insert into a values (1, 10, 'one'), (2, 20, 'two'), (3, null, 'three'), (4, 20, null), (5, 50, 'five');
insert into b values (1, 10, 'uno'), (2, 20, 'dos'), (3, 30, 'tres'), (6, null, 'seis'), (7, 20, 'siete');
insert into c values (10, 'c10', 1.50), (10, 'c10b', 2.25), (20, null, null), (null, 'cnull', 0), (99, 'c99', -3.10);

%def kinds = join | inner join | left join | left outer join | right join | full join | full outer join

%for j = $kinds
%for on = on a.id = b.id | on a.x = b.x | on a.id = b.id and a.x = b.x | on a.x < b.x | on a.x = b.x and b.id > 2 | on true | on false | on null | on a.x is not distinct from b.x | on a.x = b.x or a.id = b.id | using (id) | using (x) | using (id, x) | on a.x + 10 = b.x | on a.id = b.id and a.s = 'one' | on a.id between b.id - 1 and b.id + 1
select a.id, a.x, a.s, b.id, b.x, b.t from a {j} b {on};

%for j = join | left join | right join | full join
%for using = using (id) | using (x) | using (x, id)
select * from a {j} b {using};

%for j = natural join | natural left join | natural right join | natural full join | natural inner join | cross join | ,
select * from a {j} b;

%for j = natural join | natural left join | natural full join | natural right join
select x, u from a {j} c;

%for j = join | left join | right join | full join
%for k = join | left join | right join | full join
select a.id, b.id, c.u from a {j} b on a.x = b.x {k} c on c.x = b.x;

%for j = join | left join | full join
%for k = join | left join | right join
select a.id, d.id, d.u from a {j} (select b.id, c.u from b {k} c on b.x = c.x) d on d.id = a.id;

%for j = left join | right join | full join
select a.id, b.id, c.u from a {j} (b join c on b.x = c.x) on a.x = b.x;

%for j = left join | full join
select a.id, b.id, c.u from (a {j} b on a.id = b.id) join c on c.x = coalesce(a.x, b.x);

%for j = join | left join | right join | full join
select id, a.x, b.x from a {j} b using (id) where id > 1;

%for j = left join | right join | full join
select a.id, b.id from a {j} b on a.x = b.x where b.id is null;

%for j = left join | right join | full join
select a.id, b.id from a {j} b on a.x = b.x where a.id is null or b.t like '%s';

%for j = join | left join | right join | full join
select x, count(*), count(a.id), count(b.id) from a {j} b using (x) group by x;

%for j = join | left join | right join | full join
select a1.id, a2.id from a a1 {j} a a2 on a1.x = a2.x and a1.id <> a2.id;

%for j = join | left join | right join | full join
select count(*) from a {j} e on a.id = e.id;

%for j = join | left join | right join | full join
%for t = e | (select * from a where false) | (values (1, 10), (2, 99))
select a.id, v.* from a {j} {t} as v (id, x) on v.id = a.id;

%for j = left join | right join | full join
select e.id, e.x, b.id from e {j} b on e.id = b.id;

# Names.

select id from a, b;
select a.id from a, a;
select a.id from a as q;
select q.id from a as q, b as q;
select * from a join b using (nope);
select * from a join b using (s);
select a.id from a join b on nope = 1;
select * from a natural join b natural join c natural join e;
select b.id from a;
select a.nope from a;
select nope.* from a;
select * from a as q (i, j, k, l);
select * from a join b on a.id;
select * from a join b on 'x';
select a.* , b.* from a, b where a.id = b.id and x = 1;
select x from a join b using (x) order by x;
select a.x, x from a join b using (x) order by 1;
select q.i, q.s from a as q (i) order by i;
select * from a left join b using (x) join c using (x) order by x, id;
select * from (a join b using (id)) as ab order by id;
select ab.id, ab.s, ab.t from (a join b using (id)) as ab order by id;
select * from a join b using (id) as ab order by id;
select ab.id, a.x from a join b using (id) as ab order by 1;
select (a).id from a order by 1;
select a from a order by id;

select a.*, b.t from a left join b on b.id = a.id order by a.id;
select b.*, a.* from a join b using (id) order by a.id;
select * from a join b on a.id = b.id join c on c.x = a.x order by a.id, u;
select * from a cross join b where a.x = b.x order by a.id, b.id;
select a.id, b.id, c.n from a, b, c where a.x = b.x and b.x = c.x order by 1, 2, 3;
select a.id, b.id from a, b where a.x = b.x and (a.s is null or b.t <> 'dos') order by 1, 2;
select a.id from a join b on a.x = b.x join c on b.x = c.x and c.n > 1 group by a.id order by 1;
select a.id, (select count(*) from b where b.x = a.x) from a left join c on c.x = a.x order by 1, 2;
select a.s, b.t, c.u from a full join b on a.x = b.x full join c on c.x = coalesce(a.x, b.x) order by 1 nulls last, 2 nulls last, 3 nulls last;
select coalesce(a.id, b.id) as id, a.s, b.t from a full join b on a.id = b.id order by 1;
select a.id, b.id from a left join b on a.x = b.x and a.id in (1, 2) order by 1, 2;
select a.id, b.id from a left join b on exists (select 1 from c where c.x = a.x and c.x = b.x) order by 1, 2;
select a.id, b.id from a left join b on b.id = (select max(id) from b b2 where b2.x = a.x) order by 1, 2;
select * from a left join (select x, sum(n) as n from c group by x) d using (x) order by id;
select * from a left join (select distinct x from c) d using (x) order by id;
select * from a left join (select x from c order by n limit 2) d using (x) order by id;
select a.id, d.k from a left join (select 1 as k, x from c) d on d.x = a.x order by 1, 2;
select a.id, d.k from a left join (select 1 as k, x from c where u is not null) d on d.x = a.x where d.k is null order by 1;
select a.id, d.k from a full join (select 'k' as k, x from c) d on d.x = a.x order by 1 nulls first, 2;
select count(*) from a full join b on a.id = b.id full join c on false;
select count(*) from a, b, c, a as a2;
select a.id from a left join b using (id) where coalesce(b.x, 0) = 0 order by a.id;
select x from a union select x from b order by x;

# LATERAL.

%for j = cross join | inner join | left join
%for sub ; on = (select b.id from b where b.x = a.x) ; on true | (select max(b.id) as id from b where b.id <= a.id) ; on true | (select b.id from b where b.x = a.x order by b.id desc limit 1) ; on true | (select a.id * 2 as id) ; on true | (select c.u as id from c where c.x = a.x order by c.n limit 1) ; on a.id > 1 | (values (a.id), (a.x)) ; on true | (select b.id from b where b.x = a.x offset 1) ; on true | (select count(*) as id from c where c.x >= a.x) ; on true
select a.id, l.* from a {j} lateral {sub} as l (v) {on};

select a.id, l.id from a, lateral (select b.id from b where b.x = a.x) l order by 1, 2;
select a.id, l.s from a, lateral (select sum(n) as s from c where c.x = a.x) l order by 1;
select a.id, l.m, k.d from a, lateral (select max(id) as m from b where b.x = a.x) l, lateral (select l.m - a.id as d) k order by 1;
select a.id, l.v from a, lateral (select a.id as v union all select a.x union all select null) l order by 1, 2 nulls last;
select a.id, l.r from a cross join lateral (select b.id as r from b where b.id <> a.id order by b.id limit 2) l order by 1, 2;
select l.v from a left join lateral (select a.s as v where a.s is not null) l on true order by 1 nulls first;
select a.id, l.n from a left join lateral (select count(*) from b where b.x = a.x having count(*) > 1) l (n) on true order by 1;
select * from lateral (select 1) l;
select a.id from a, (select b.id from b where b.x = a.x) l;
select a.id from a right join lateral (select b.id from b where b.x = a.x) l on true;
