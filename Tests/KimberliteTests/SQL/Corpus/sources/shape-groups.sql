# GROUP BY, HAVING, aggregates with DISTINCT, ORDER BY and FILTER, GROUPING SETS.

create table s (id int primary key, region text, item text, day date, n int, price numeric(8,2), f double precision, ok boolean);
insert into s values
 (1, 'north', 'apple', '2024-01-01', 3, 1.50, 0.5, true), (2, 'north', 'pear', '2024-01-01', null, 2.25, 1.25, false),
 (3, 'south', 'apple', '2024-01-02', 7, 1.75, null, true), (4, 'south', 'apple', '2024-02-01', 0, null, -2.5, null),
 (5, null, 'fig', '2024-02-02', 5, 9.99, 4, false), (6, 'north', 'apple', '2024-02-02', 3, 1.50, 0.5, true),
 (7, 'west', null, null, -4, 0.00, 8.75, null), (8, null, 'fig', '2023-12-31', 1, 10.00, 1e3, true);
create table none (region text, n int);

%def aggs = count(*) | count(n) | count(distinct n) | sum(n) | sum(price) | sum(f) | avg(n) | avg(price) | avg(f) | min(n) | max(price) | min(region) | max(item) | min(day) | max(day) | bool_and(ok) | bool_or(ok) | every(ok) | string_agg(item, ',' order by id) | string_agg(distinct item, '-') | array_agg(n order by id) | array_agg(distinct n) | sum(distinct price) | avg(distinct n) | count(distinct region) | sum(n) filter (where ok) | count(*) filter (where n > 2) | max(n) - min(n) | sum(n * price) | round(avg(price), 3) | sum(case when ok then 1 else 0 end) | min(n) filter (where n is null) | string_agg(region || item, '+' order by region desc nulls last, id) | sum(-n) | count(nullif(n, 3)) | sum(n)::numeric / count(*) | bit_and(n) | bit_or(n) | bit_xor(n) | json_agg(n order by id) | jsonb_agg(item order by id) | array_agg(item order by item nulls first, id) | min(price) filter (where region = 'north') | max(length(item)) | count(all n) | sum(abs(n)) | var_pop(n) | var_samp(n) | mode() within group (order by item) | percentile_disc(0.5) within group (order by n) | percentile_cont(0.5) within group (order by n)

%for a = $aggs
select {a} from s;

%for a = $aggs
select region, {a} from s group by region order by region nulls last;

%for a = $aggs
select {a} from s where false;

%for a = $aggs
%take 25
select {a} from s where n is null;

%for a = $aggs
%take 20
select item, ok, {a} as a from s group by item, ok order by item, ok;

%for a = $aggs
%take 20
select region from s group by region having {a} is not null order by region;

%for g = region | item | ok | n | day | price | f | region, item | item, region, ok | n % 2 | length(item) | coalesce(region, item) | ok is null | n > 2 | extract(year from day) | date_trunc('month', day) | 1 | 1, 2 | case when n > 2 then 'big' else 'small' end | upper(region) | n + 1 | region || item | (region, item) | () | null | true
select {g}, count(*), sum(n) from s group by {g};

%for g = region | (region) | grouping sets (region) | grouping sets ((region), (item)) | grouping sets ((region, item), (region), ()) | grouping sets (()) | grouping sets ((), ()) | rollup (region, item) | rollup (region) | rollup ((region, item), ok) | cube (region, item) | cube (region, ok) | cube ((region, item), ok) | region, grouping sets (item, ok) | region, rollup (item) | rollup (region), rollup (item) | grouping sets (rollup (region, item), cube (ok)) | grouping sets (region, grouping sets (item, ())) | cube (region), item | distinct rollup (region), rollup (region) | rollup (region, item, ok) | grouping sets ((region, item), (item, region)) | ok, cube (item) | grouping sets (region, (item, ok), ()), grouping sets ((), day)
select region, item, ok, count(*), sum(n), avg(price) from s group by {g}, region, item, ok;

%for g = grouping sets ((region), (item)) | grouping sets ((region, item), (region), ()) | rollup (region, item) | cube (region, item) | region, grouping sets (item, ()) | region, rollup (item) | rollup (region), rollup (item) | grouping sets (rollup (region, item), (item)) | grouping sets ((region, item), (region, item)) | grouping sets (region, grouping sets (item, ())) | distinct rollup (region), rollup (region, item) | item, region | rollup ((region, item))
select region, item, grouping(region), grouping(item), grouping(region, item), count(*), sum(n) from s group by {g};

%for g = rollup (region, item) | cube (region, item) | grouping sets ((region), (item), ())
%for h = having count(*) > 1 | having grouping(region) = 0 | having region is not null | having sum(n) > 3 | having grouping(region, item) in (1, 3)
select region, item, count(*), max(price) from s group by {g} {h};

%for g = rollup (n % 2) | cube (n % 2, ok) | rollup (date_trunc('month', day)) | grouping sets ((extract(month from day)), ()) | rollup (coalesce(region, '-'))
select count(*), sum(n), min(day) from s group by {g};

select region, sum(n), rank() over (order by sum(n) nulls last) from s group by rollup (region) order by 3, 1;
select region, item, sum(n) from s group by rollup (region, item) order by grouping(region, item), region, item;
select region, count(*) from none group by rollup (region);
select count(*) from none group by ();
select region, count(*) from none group by region;
select region, count(*) from none group by grouping sets ((region), ());
select region, item from s group by grouping sets (region);
select grouping(region) from s;
select grouping(n) from s group by region;
select region as r, count(*) from s group by rollup (r) order by 1;
select count(distinct item), region from s group by rollup (region) order by region nulls first;
select region, sum(n) filter (where ok) from s group by rollup (region) order by 1;
select coalesce(region, 'ALL') as r, count(*) from s group by rollup (region) order by r, 2;
select ok, region, count(*) from s where n > 0 group by cube (1, 2) order by 1, 2, 3;
select string_agg(item, ',' order by id) from s group by rollup (region) order by 1;
select region, (select count(*) from s s2 where s2.region = s.region) from s group by rollup (region) order by 1, 2;
select case grouping(region) when 1 then 'total' else region end, sum(price) from s group by rollup (region) order by grouping(region), region;

select region from s group by item;
select region, count(*) from s;
select count(*), n from s order by n;
select count(*) from s where count(*) > 1;
select sum(count(*)) from s group by region;
select count(sum(n)) from s;
select region from s having count(*) > 1;
select 1 from s having count(*) > 1;
select 1 from s having false;
select count(*) from s having count(*) > 100;
select sum(n) from none having sum(n) is null;
select region, n from s group by region;
select s.region from s group by region order by 1;
select id, region, n from s group by id order by id;
select s.* from s group by id order by id limit 2;
select id, count(*) from s group by id, region having id < 3 order by id;
select region r from s group by r order by r;
select n as region, count(*) from s group by region, n order by 1, 2;
select upper(region) as region, count(*) from s group by region order by 1 nulls first, 2;
select n + 1 from s group by n + 1 order by 1;
select n + 2 from s group by n + 1;
select n from s group by n + 1;
select sum(n) from s group by count(*);
select count(*) from s group by 2;
select 'x', count(*) from s group by 1;
select count(*) from s group by nope;
select sum(region) from s;
select avg(ok) from s;
select sum(day) from s;
select min(ok) from s;
select max(ok) from s;
select bool_and(n) from s;
select string_agg(n, ',') from s;
select count() from s;
select sum() from s;
select sum(n, n) from s;
select count(distinct *) from s;
select sum(*) from s;
select nope(n) from s;
select lower(distinct region) from s;
select lower(region) filter (where true) from s;
select count(*) filter (where n) from s;
select count(*) filter (where sum(n) > 1) from s;
select sum(n) filter (where id in (select 1 union select 3)) from s;
select sum((select max(n) from none)) from s;
select (select sum(s.n)) from s;
select max((select s2.n from s s2 where s2.id = s.id)) from s;
select string_agg(distinct item, ',' order by item) from s;
select string_agg(distinct item, ',' order by id) from s;
select array_agg(distinct n order by n desc nulls last) from s;
select string_agg(item, null) from s where id < 4;
select string_agg(null, ',') from s;
select string_agg(item, ', ' order by n desc nulls last, item) from s;
select string_agg(item, region order by id) from s;
select sum(n order by id) from s;
select count(n order by id) from s;
select avg(distinct price) from s;
select count(distinct price), count(distinct n), count(distinct item || region) from s;
select sum(distinct n) filter (where n > 0) from s;
select sum(2) from s;
select sum(null) from s;
select sum('1') from s;
select count(null) from s;
select max(null) from s;
select max('a') from s;
select min(n), max(n) from s group by region, item having min(n) <> max(n);
select region, count(*) filter (where ok) as yes, count(*) filter (where not ok) as no, count(*) filter (where ok is null) as unknown from s group by region order by region;
select distinct count(*) from s group by region order by 1;
select count(*) from (select region from s group by region) g;
select region, count(*) from s group by region order by count(*) desc, region nulls first limit 2;
select sum(n) + count(*) * 2 - max(n) from s;
select -sum(n), not bool_or(ok), sum(n) is null from s;
select coalesce(sum(n), 0) from none;
select region from s group by region having bool_or(ok) order by region;
select region from s where n > 0 group by region having sum(n) > (select avg(n) from s) order by region nulls last;
select region in ('north') as x, count(*) from s group by region in ('north') order by 1;
select (region, item), count(*) from s group by (region, item) having count(*) > 1;
select count(*), (select count(*) from none) from s;
select exists (select 1 from s group by region having count(*) > 2);

# Types of aggregates.

%for f = sum | avg | min | max
%for t = smallint | int | bigint | real | double precision | numeric | numeric(6,2)
select pg_typeof({f}(x)), {f}(x) from (values (1::{t}), (2::{t}), (null), (4::{t})) v (x);

%for f = sum | avg | min | max
%for t = interval | date | time | timestamp | timestamptz | text | uuid | bytea | boolean | json | jsonb
select pg_typeof({f}(x)) from (select null::{t} as x) v;

%for f = min | max
%for t ; a ; b = date ; 2020-01-02 ; 2019-12-31 | time ; 10:00 ; 09:59:59.5 | timestamp ; 2020-01-01 10:00 ; 2020-01-01 09:00 | timestamptz ; 2020-01-01 10:00+02 ; 2020-01-01 09:00+00 | text ; b ; B | varchar(3) ; ab ; abc | interval ; 1 month ; 31 days 1 hour | interval ; 1 day ; 24:00:01 | numeric ; 1.10 ; 1.101 | numeric ; -10 ; 9 | char(3) ; a ; b | bigint ; 9223372036854775807 ; -1 | real ; 1e10 ; NaN | double precision ; -Infinity ; 0 | numeric ; NaN ; 5
select {f}(x) from (values ('{a}'::{t}), ('{b}'::{t}), (null)) v (x);

%for f = sum | avg
%for v = 9223372036854775807, 1 | 2147483647, 2147483647 | 0.1, 0.2 | 1, 2, 2 | 1e308::float8, 1e308 | 1, 1, 1.000 | interval '1 day', interval '23 hours' | interval '1 month', interval '-3 days' | 'NaN'::numeric, 1 | 'Infinity'::float8, 1 | 'Infinity'::float8, '-Infinity' | 12345678901234567890123456789.5, 0.5 | 32767::smallint, 32767::smallint | 1.5::real, 2.25 | 9223372036854775807::bigint, 9223372036854775807::bigint | -1, 1 | 10, 0, 0 | 1.00, 2 | 0.000001, 1000000
select {f}(x) from unnest(array[{v}]) x;
