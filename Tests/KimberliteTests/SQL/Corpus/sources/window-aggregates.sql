# Statistics, ordered sets, hypothetical sets and the other aggregates.

create table n (id int primary key, g text, i int, b bigint, s smallint, x numeric, f double precision, r real, ok boolean, t text, iv interval, d date);
insert into n values (1, 'a', 1, 10, 1, 1.5, 0.5, 0.25, true, 'p', '1 day', '2024-01-01'), (2, 'a', 2, 20, 2, 2.25, 1.5, 1.5, true, 'q', '2 hours', '2024-01-03'), (3, 'a', 3, 30, 3, -3.75, 2.5, 2, false, 'q', null, null),
 (4, 'b', 4, null, 4, 0, -1, null, null, null, '1 month', '2023-06-30'), (5, 'b', null, 50, null, null, null, 8, null, 'r', '-1 day', '2024-01-01'), (6, 'c', -7, -70, -7, 100.125, 1e3, 1e3, false, 'p', '0', '2024-02-29');

%for f = var_pop | var_samp | variance | stddev | stddev_pop | stddev_samp
%for c = i | b | s | x
select g, {f}({c}) from n group by g order by g;

%for f = var_pop | var_samp | variance | stddev | stddev_pop | stddev_samp
%for c = f | r | i | x
select round({f}({c})::numeric, 8), pg_typeof({f}({c})) from n;

%for f = var_pop | var_samp | stddev_pop | stddev_samp
%for w = id = 1 | false | id <= 2 | i is null
select {f}(i), {f}(x), {f}(f) from n where {w};

%for f = corr | covar_pop | covar_samp | regr_avgx | regr_avgy | regr_intercept | regr_r2 | regr_slope | regr_sxx | regr_sxy | regr_syy
select round({f}(i, f)::numeric, 8), round({f}(f, id)::numeric, 8) from n;

%for f = corr | covar_pop | covar_samp | regr_avgx | regr_avgy | regr_intercept | regr_r2 | regr_slope | regr_sxx | regr_count
%for w = false | id = 1 | f is null
select {f}(i, f) from n where {w};

select regr_count(i, f), regr_count(b, r) from n;
select corr(i, i) from n where id = 1;

%for p = 0 | 0.25 | 0.5 | 0.75 | 1 | 0.1 | null
%for c = i | b | f | s
select percentile_cont({p}) within group (order by {c}), percentile_disc({p}) within group (order by {c}) from n;

%for p = 0.5 | 0.9
%for c = x | t | d | iv
select percentile_disc({p}) within group (order by {c}) from n;

select percentile_cont(0.5) within group (order by iv) from n;
select percentile_cont(0.5) within group (order by i desc) from n;
select g, percentile_cont(0.5) within group (order by i) from n group by g order by g;
select g, percentile_disc(0.5) within group (order by i desc) from n group by g order by g;
select percentile_cont(1.5) within group (order by i) from n;
select percentile_cont(-0.1) within group (order by i) from n;
select percentile_cont(0.5) within group (order by t) from n;
select percentile_cont(0.5) from n;
select percentile_disc(0.5) within group (order by i) filter (where ok) from n;
select percentile_cont(0.5) within group (order by i) from n where false;
select mode() within group (order by t) from n;
select mode() within group (order by g desc) from n;
select mode() within group (order by i) from n where i is null;
select g, mode() within group (order by ok) from n group by g order by g;
select mode(t) from n;
select rank(3) within group (order by i) from n;
select dense_rank(3) within group (order by i) from n;
select percent_rank(3) within group (order by i) from n;
select cume_dist(3) within group (order by i) from n;
select rank('q') within group (order by t nulls first) from n;
select rank(1, 'a') within group (order by i, g) from n;
select rank(1, 2) within group (order by i) from n;
select sum(i) within group (order by i) from n;
select percentile_cont(i) within group (order by i) from n group by i order by i;

%for f = bool_and | bool_or | every
%for c = ok | i > 0 | ok is null | null::boolean
select {f}({c}), {f}(not ({c})) from n;

%for f = bit_and | bit_or | bit_xor
%for c = i | b | s
select {f}({c}), pg_typeof({f}({c})) from n;

%for f = json_agg | jsonb_agg | array_agg
%for c = i | t | x | ok | f | iv | null | b order by b desc | t order by t nulls first, id | distinct t | distinct i
select {f}({c}) from (select * from n order by id) n;

%for f = json_object_agg | jsonb_object_agg
%for a = t, i | id, g | g, x | id, null | g || id, ok | t, t
select {f}({a}) from (select * from n where t is not null order by id) n;

%for f = json_object_agg | jsonb_object_agg
select {f}(t, i) from n;

select jsonb_object_agg(id, jsonb_build_object('t', t)) from n where id < 3;
select json_agg(json_build_object('id', id, 'x', x) order by id) from n where id < 3;
select jsonb_agg(i) filter (where ok) from n;
select json_agg(i) from n where false;
select jsonb_agg(null) from n where id < 3;
select json_object_agg(id, i) from n where false;
select jsonb_agg(jsonb_build_array(id, g) order by id desc) from n where id > 4;
select g, jsonb_agg(t order by id) from n group by g order by g;
select string_agg(t, '') from n where false;
select string_agg(t, ', ' order by t desc nulls last, id), string_agg(distinct t, '') from n;
select string_agg(i::text, '' order by id) from n;
select string_agg('x'::bytea, '\x00') from n;
select any_value(i) from n;
select range_agg(i) from n;
select sum(i), sum(b), sum(s), sum(x), sum(f), sum(r), sum(iv) from n;
select pg_typeof(sum(i)), pg_typeof(sum(b)), pg_typeof(sum(s)), pg_typeof(sum(x)), pg_typeof(sum(f)), pg_typeof(sum(r)), pg_typeof(sum(iv)) from n;
select avg(i), avg(b), avg(s), avg(x), avg(f), avg(iv) from n;
select max(iv), min(iv), max(d), min(d), max(t), min(t), max(r), min(r) from n;
select g, sum(i), avg(x), max(f), min(b), count(r) from n group by g order by g;
select sum(i) filter (where g = 'a'), avg(i) filter (where g = 'z'), count(*) filter (where null) from n;
select max(i) - min(i), (max(x) + min(x)) / 2 from n;
select count(distinct g), count(distinct t), count(distinct ok), count(distinct iv), count(distinct d), count(distinct x) from n;
select sum(distinct i), avg(distinct s), max(distinct i) from n;
select stddev(distinct i), var_pop(distinct s) from n;
select sum(i * i), sum(i + b), avg(i + x), sum(-f) from n;
select g from n group by g having stddev(i) > 1 order by g;
select g, var_samp(i) over (partition by g order by id) from n order by id;
select id, stddev_pop(i) over (order by id rows 2 preceding) from n order by id;
select sum(i)::text || 'x' from n;
select count(*) * 1.5, sum(i) / 2, sum(i) / 2.0, sum(s) % 4 from n;
