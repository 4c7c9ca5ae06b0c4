# Window functions with all frames.

create table w (id int primary key, g text, v int, d date, f numeric(6,2), ts timestamp, iv interval);
insert into w values (1, 'a', 10, '2024-01-01', 1.50, '2024-01-01 10:00', '1 hour'), (2, 'a', 20, '2024-01-02', 2.50, '2024-01-01 10:30', '2 hours'),
 (3, 'a', 20, '2024-01-05', 2.50, '2024-01-01 12:00', '1 day'), (4, 'a', null, '2024-01-05', 0.25, '2024-01-02 10:00', null),
 (5, 'b', 5, '2024-02-01', -3.00, '2024-01-02 10:00', '1 month'), (6, 'b', 7, null, null, null, '31 days'), (7, 'b', 7, '2024-02-03', 9.75, '2024-01-03 00:00', '-1 hour'),
 (8, null, 1, '2023-12-31', 100.00, '2023-12-31 23:59', '0'), (9, null, null, null, null, null, null);
create table nothing (id int, v int);

%def frames = rows unbounded preceding | rows between unbounded preceding and current row | rows between unbounded preceding and unbounded following | rows between current row and unbounded following | rows between 1 preceding and 1 following | rows between 2 preceding and 1 preceding | rows between 1 following and 2 following | rows 2 preceding | rows current row | rows between 0 preceding and 0 following | rows between unbounded preceding and 1 preceding | rows between 1 following and unbounded following | rows between 5 preceding and 3 preceding | range unbounded preceding | range between unbounded preceding and current row | range between current row and unbounded following | range between unbounded preceding and unbounded following | range current row | range between current row and current row | groups unbounded preceding | groups between 1 preceding and 1 following | groups between 1 preceding and current row | groups current row | groups between 1 following and 2 following | groups between unbounded preceding and 1 preceding | groups between current row and unbounded following | groups 2 preceding

%def excludes = exclude no others | exclude current row | exclude group | exclude ties

%for fr = $frames
%for f = sum(v) | count(*) | first_value(id) | last_value(id) | nth_value(id, 2) | max(f) | array_agg(id)
select id, {f} over (partition by g order by v, id {fr}) as r from w order by id;

%for fr = $frames
%for f = sum(v) | count(v) | min(d) | string_agg(id::text, ',')
select id, {f} over (order by v nulls first, id {fr}) as r from w order by id;

%for fr = range unbounded preceding | range between unbounded preceding and current row | range between current row and unbounded following | range current row | groups between 1 preceding and 1 following | groups current row | groups between 1 following and unbounded following | groups between unbounded preceding and 1 preceding
%for f = sum(f) | count(*) | avg(v) | max(id) | min(id)
select id, {f} over (partition by g order by v {fr}) as r from w order by id;

%for fr = range between current row and unbounded following | groups between 1 preceding and 1 following | groups between unbounded preceding and 1 following | rows between unbounded preceding and unbounded following | range unbounded preceding | groups current row
%for x = $excludes
%for f = sum(id) | count(*) | min(id) | max(id)
select id, {f} over (order by v {fr} {x}) as r from w order by id;

%for fr = rows between 1 preceding and 1 following | rows unbounded preceding | rows 1 preceding | rows between current row and 2 following
%for x = $excludes
%for f = sum(id) | count(*) | first_value(id) | last_value(id)
select id, {f} over (partition by g order by v, id {fr} {x}) as r from w order by id;

%for fr = range between 5 preceding and 5 following | range 10 preceding | range between 3 following and 13 following | range between 0 preceding and 2 following | range between unbounded preceding and 1 preceding | range between 13 preceding and 3 preceding
%for o = v | v desc | v nulls first | v desc nulls last
select id, sum(id) over (order by {o} {fr}) as r, count(*) over (order by {o} {fr}) as n from w order by id;

%for fr = range between 1.5 preceding and 1 following | range 0.25 preceding | range between current row and 2.25 following
select id, sum(id) over (order by f {fr}) as r from w order by id;

%for o ; i = d ; 1 day | d ; 3 days | ts ; 2 hours | ts ; 1 day | ts desc ; 90 minutes | d desc ; 1 month | d nulls first ; 4 days
select id, count(*) over (order by {o} range between interval '{i}' preceding and current row), count(*) over (order by {o} range between current row and interval '{i}' following) from w order by id;

%def ranks = row_number() | rank() | dense_rank() | percent_rank() | cume_dist() | ntile(3) | ntile(1) | ntile(20) | lag(v) | lead(v) | lag(v, 2) | lead(v, 0) | lag(v, 1, -1) | lead(id, 2, 99) | lag(g, 1, 'none') | lead(v, -1) | lag(v, null) | first_value(v) | last_value(v) | nth_value(v, 1) | nth_value(v, 3) | count(*) | sum(v) | avg(f) | lag(d) | lead(f, 1, 0) | ntile(null)

%for f = $ranks
%for o = order by id | order by v, id | partition by g order by id | partition by g order by v desc nulls last, id | partition by g, v order by id | order by g nulls first, id desc | partition by v % 2 order by id
select id, {f} over ({o}) as r from w order by id;

%for f = rank() | dense_rank() | percent_rank() | cume_dist() | count(*) | sum(f) | max(id) | min(id) | sum(v)
%for o = order by v | order by g | partition by g order by v | partition by v | order by v desc | order by v nulls first | order by v desc nulls last | order by g, v | order by d | order by f desc | partition by g order by d desc | order by v is null | order by length(g), v | partition by g is null order by v
select id, {f} over ({o}) as r from w order by id;

select id, sum(v) over x, avg(v) over x from w window x as (partition by g order by id) order by id;
select id, sum(v) over (x rows 1 preceding) from w window x as (partition by g order by id) order by id;
select id, sum(v) over (x order by id) from w window x as (partition by g) order by id;
select id, sum(v) over y from w window x as (partition by g), y as (x order by id desc) order by id;
select id, sum(v) over (x order by v) from w window x as (order by id);
select id, sum(v) over (x partition by g) from w window x as (order by id);
select id, sum(v) over nope from w;
select id, sum(v) over x from w window x as (order by id), x as (order by v);
select id, sum(v) over (x) from w window x as (order by id rows 1 preceding);
select id, sum(v) over y from w window y as (x), x as (order by id);
select id from w where row_number() over (order by id) = 1;
select id from w group by id having row_number() over (order by id) = 1;
select id from w order by row_number() over (order by id desc);
select distinct count(*) over (partition by g) from w order by 1;
select g, sum(v), sum(sum(v)) over (order by g nulls first) from w group by g order by g nulls first;
select g, rank() over (order by count(*) desc, g) from w group by g order by 2;
select g, sum(v) over () from w group by g;
select sum(sum(v) over ()) from w;
select sum(v) over (order by sum(id) over ()) from w;
select row_number() from w;
select lower(g) over () from w;
select nope(v) over () from w;
select count(*) over (partition by nope) from w;
select count(distinct v) over () from w;
select sum(v order by id) over () from w;
select id, count(*) filter (where v > 6) over (partition by g) from w order by id;
select id, sum(v) filter (where g = 'a') over (order by id) from w order by id;
select id, row_number() filter (where v > 6) over (order by id) from w;
select id, rank() over () from w order by id;
select id, row_number() over (order by id) - 1 from w order by id limit 3;
select id, v - lag(v) over (order by id) as diff from w order by id;
select id, round(100.0 * v / sum(v) over (), 2) from w order by id;
select id, coalesce(lag(v) over (partition by g order by id), 0) from w order by id;
select id, case when row_number() over (partition by g order by id) = 1 then g end from w order by id;
select id, first_value(g) over (order by id), last_value(g) over (order by id) from w order by id;
select * from (select id, row_number() over (partition by g order by v desc nulls last, id) as n from w) q where n = 1 order by id;
select id from (select id, ntile(4) over (order by id) as q from w) z where q = 2 order by id;
with r as (select id, dense_rank() over (order by v) as k from w) select k, count(*) from r group by k order by k;
select (select sum(x.v) over () from w x where x.id = w.id) from w order by id;
select id, max(v) over (order by id rows between 1 preceding and current row) as m from w order by m desc nulls last, id;
select id, lead(id) over (order by id) is null as last from w order by id;
select sum(v) over (order by id) from nothing;
select count(*) over () from nothing;
select count(*), count(*) over () from nothing;
select id, sum(v) over (order by id), sum(v) over (order by id desc), sum(v) over () from w order by id;
select id, array_agg(g) over (order by id rows 2 preceding) from w order by id;
select id, bool_and(v > 6) over (order by id rows 1 preceding) from w order by id;
select id, string_agg(g, '') over (order by id) from w order by id;
select id, avg(f) over (order by id rows between 1 preceding and 1 following) from w order by id;
select id, avg(v) over (partition by g) from w order by id;
select pg_typeof(row_number() over ()), pg_typeof(rank() over ()), pg_typeof(ntile(2) over ()), pg_typeof(percent_rank() over ()), pg_typeof(sum(v) over ()) from w limit 1;
select id, count(*) over (order by g, v range between unbounded preceding and current row) from w order by id;
select w.id, u.id, count(*) over (partition by w.g) from w join w u on u.v = w.v and u.id > w.id order by 1, 2;
select id, nth_value(v, 2) over (order by id rows between unbounded preceding and unbounded following) from w order by id;
select id, lag(v, 1) over (order by v desc nulls last, id) from w order by id;
select id, lag(id, id) over (order by id) from w order by id;
select id, lead(v, id % 3) over (order by id) from w order by id;
select ntile(0) over () from w;
select ntile(-1) over () from w;
select nth_value(v, 0) over () from w;
select nth_value(v, null) over () from w where id = 1;
select lag(v, 1, 'x') over () from w;
select lag(v, 'x') over () from w;
select lag() over () from w;
select rank(1) over () from w;
select row_number(*) over () from w;
select sum(v) over (rows between unbounded following and current row) from w;
select sum(v) over (rows between current row and unbounded preceding) from w;
select sum(v) over (rows between current row and 1 preceding) from w;
select sum(v) over (rows between 1 following and current row) from w;
select sum(v) over (rows -1 preceding) from w;
select sum(v) over (rows null preceding) from w;
select sum(v) over (rows v preceding) from w;
select sum(v) over (rows 'x' preceding) from w;
select sum(v) over (rows 1.5 preceding) from w;
select sum(v) over (range 1 preceding) from w;
select sum(v) over (order by id, v range 1 preceding) from w;
select sum(v) over (order by g range 1 preceding) from w;
select sum(v) over (order by v range -1 preceding) from w;
select sum(v) over (order by v range interval '1 day' preceding) from w;
select sum(v) over (order by d range 1 preceding) from w;
select sum(v) over (groups 1 preceding) from w;
select sum(v) over (rows 1 following) from w;
select sum(v) over (order by id exclude ties) from w;
update w set v = row_number() over ();
delete from w where rank() over () = 1;
insert into nothing values (row_number() over (), 1);
select generate_series(1, 3), row_number() over ();
select id from w limit row_number() over ();
select sum(v) over (order by id rows between 9223372036854775807 preceding and current row) from w where id = 3;
select id, sum(v) over (partition by g order by id rows between 1 + 1 preceding and current row) from w order by id;
select id, sum(v) over (order by id rows between (select 1) preceding and current row) from w order by id;
select id, v from w order by sum(v) over (partition by g) nulls last, id;
select id, count(*) over (partition by null) from w order by id;
select id, count(*) over (partition by 1) from w order by id;
select id, row_number() over (order by 1), count(*) over (order by 'x') from w where id = 2;
