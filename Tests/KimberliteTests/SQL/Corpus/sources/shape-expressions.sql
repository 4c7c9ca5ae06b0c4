# CASE, CAST, row values, logic, IS, BETWEEN, IN; names and literals; errors.

%for a = true | false | null
%for b = true | false | null
select {a} and {b}, {a} or {b}, not {a}, {a} = {b}, {a} <> {b}, {a} is distinct from {b}, {a} is true, {b} is not false, {a} is unknown, {a} in ({b}), {a} between {b} and true, coalesce({a}, {b}), nullif({a}, {b}), {a} < {b}, case when {a} then 1 when {b} then 2 end;

%for op = = | <> | < | <= | > | >= | is distinct from | is not distinct from
%for l ; r = (1, 2) ; (1, 2) | (1, 2) ; (1, 3) | (1, null) ; (1, 2) | (1, null) ; (2, null) | (null, 1) ; (null, 1) | (2, null) ; (1, 5) | (1, 'a') ; (1, 'b') | row(1, 2, 3) ; row(1, 2, 4) | (1, 2.0) ; (1.0, 2) | ('a', 'b') ; ('a', 'B') | row(1) ; row(2) | (date '2024-01-01', 1) ; ('2024-01-01', '2')
select {l} {op} {r};

%for e = (1, 2) in ((1, 2), (3, 4)) | (1, 2) in ((1, null), (3, 4)) | (1, 2) not in ((1, null), (3, 4)) | (1, null) in ((1, 2)) | (3, 4) in ((1, 2)) | (1, 2) between (1, 1) and (1, 3) | (1, 2) is null | (null, null) is null | (1, null) is null | (1, null) is not null | (1, 2) is not null | row(1, null) is distinct from row(1, null) | (1, 2) = (1, 2, 3) | (1, 'a') = ('a', 1) | (1, 2) | row(1, 'x', null) | row() | (1, 2) + 1 | (1, 2) = 1 | ((1, 2)) = ((1, 2)) | ((1, 2), 3) = ((1, 2), 3)
select {e};

%for e = case when true then 1 else 2.5 end | case 1 when 1 then 'a' when 2 then 'b' end | case 3 when 1 then 'a' else 'z' end | case null when null then 'eq' else 'ne' end | case when null then 1 end | case when false then 1 end | case when 1 then 2 end | case 1 when 'x' then 2 end | case 1 when '1' then 2 end | case when true then 1 else 'x' end | case when true then '1' else 2 end | case when true then null else 5 end | case 'a' when 'a' then null end | case when 1 = 1 then case when 2 = 3 then 'x' else 'y' end end | case 2 when 1 + 1 then 'sum' end | case when 1 = 1 then 1 else 1 / 0 end | case when false then 1 / 0 else 7 end | case 1.0 when 1 then 'same' end | case end | case when true then 1 | case when true then date '2024-01-01' else null end | case true when 1 = 1 then 't' end | case when true then 1 else true end | case when 'yes' then 1 end | case (select 1) when 1 then (select 2) end
select {e};

%for e = cast('1' as int) | cast(null as int) | '1'::int::text::int + 1 | cast(1.5 as int) | cast(2.5 as int) | cast(-2.5 as int) | cast(2.5::float8 as int) | cast('a' as int) | cast(true as int) | cast(0 as boolean) | cast(2 as boolean) | cast('t' as boolean) | cast('off' as boolean) | cast('x' as boolean) | cast('' as boolean) | cast(' TRUE ' as boolean) | cast('y' as boolean) | cast('tr' as boolean) | cast('o' as boolean) | cast(1 as text) | cast(1.50 as text) | cast(true as text) | cast(null as text) is null | cast('abc' as varchar(2)) | cast('abc' as char(2)) | cast('a' as char(3)) || '|' | cast(12345 as varchar(3)) | cast('2024-01-01' as date) | cast('1' as nope) | cast(1 as date) | cast('x' as uuid) | cast('A0EEBC999C0B4EF8BB6D6BB9BD380A11' as uuid) | cast('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}' as uuid) | cast('a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11' as uuid) | cast('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1' as uuid) | cast('\x00' as bytea) | cast('abc' as bytea) | cast('\xzz' as bytea) | cast('\x0' as bytea) | cast('a\\b\001' as bytea) | int '5' | numeric '1.50' | boolean 'true' | text 'a' | varchar(2) 'abc' | 5::int4 | 5::int8 | 5::decimal(4,2) | 5::float | 5::double precision | 'a'::character varying | 'a'::character(2) || '|' | 'abc'::character varying(2) | 'a'::bpchar | 1::bool::int | 'true'::bool and true | '5' + 5 | '5' || 5 | '5.5' + 1 | 1 = '1' | 1 = 'x' | '1' = 1.0 | true = 't' | true = 'x' | date '2024-01-01' = '2024-01-01' | null = null | null || 'a' | null + 1 | null is null | '' is null | 'a' > null | - null | not null | null::int + null::numeric | uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' | uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' < uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12' | '\x01'::bytea < '\x0001'::bytea | 1 + true | 'a' + 1 | 1 and 2 | not 1 | 1 or true | 'true' and true | true > false | true + true | 1::text = '1' | 1::text = 1 | 'a' = 'a ' | 'a'::char(2) = 'a ' | 'a'::char(2) = 'a '::text | 'a'::char(2)::text = 'a' | 1.5::int::smallint | 70000::smallint | 1e10::int | 'abc'::text::varchar(2) | 'ab   '::varchar(2) || '|' | 'abcd '::varchar(4)
select {e}, pg_typeof({e});

%for e = 1 between 0 and 2 | 1 between 2 and 0 | 1 between symmetric 2 and 0 | 1 not between 0 and 2 | null between 1 and 2 | 1 between null and 2 | 3 between null and 2 | 1 between 0 and null | 'b' between 'a' and 'c' | 1 in (1) | 1 in (2, null) | 1 not in (2, null) | null in (1) | 1 in (1.0) | 1 in ('1') | 1 in ('x') | 'a' in ('a', 'b') | 1 in () | date '2024-01-01' in ('2024-01-01') | true in (1 = 1) | 1 is null | 1 notnull | null isnull | 1 is true | true is true | null is true | null is not true | null is false | null is unknown | 'x' is true | 1 is distinct from null | null is not distinct from null | 1 is distinct from 'x' | 1 is not distinct from 1.0 | 'a' is document | 1 <> all (array[2, 3]) | 1 = some (array[1]) | coalesce(null, null, 3) | coalesce(1, 1 / 0) | coalesce() | coalesce(null) | nullif(1, 'x') | nullif('', '') is null | greatest(1, null, 3) | least('b', 'a') | greatest() | greatest(1, 'x') | greatest(date '2024-01-01', '2025-01-01')
select {e};

select 1 as a, 2 as "A", 3 as "a b";
select 1 a;
select 1 "select";
select 1 as select;
select 1 as value, 2 as year, 3 as type;
select 'it''s', '', ' ', 'a"b';
select E'a\'b\\c\x41\101\u00e9\t';
select $$a$b$$, $x$it's$x$;
select X'ff' is not null;
select B'101' is not null;
select 1 /* a /* nested */ b */ + 1;
select '' 'x';
select;
select from (select 1) q;
select *;
select *, 1 from (select 2) q;
select q.*, q.* from (select 2 as x) q;
select 1 from (select 1) where 1 = 1;
select 1 +;
select (1;
select 1);
select 1 1;
select 1 ,;
select , 1;
select 1 from;
select 1 where;
select 1 group by;
select 1 order;
select 1 limit;
select 1 union;
selec 1;
select 1 form t;
select nope;
select nope.a;
select nope.a.b;
select nope();
select "Nope"();
select 1::nope;
select 1 = = 2;
select 1 ** 2;
select 1 => 2;
select a from (select 1 as a) q where a = nope;
select lenght('a');
select length('a', 'b');
select q.aa from (select 1 as ab) q;
select * from nope;
select * from nope.nope;
select * from (select 1) as q (a, b);
select * from (values (1)) as q (a) where b = 1;
select A, "A" from (select 1 as a) q;
select a from (select 1 as "A") q;
select "a" from (select 1 as A) q;
select 1e;
select 1.2.3;
select 0x1F;
select 1_000;
select .e1;
select 1a;
select 'a' 'b';
select $1;
select :x;
select @x;
select ?1;
select 1 from (select 1) a, (select 1) a;
select a.* from (select 1) b;
select count(*) from (select 1 union all select 1) q;
select distinct distinct 1;
select all 1;
select 1 having true;
select 1 where false having true;
select current_catalog is not null, current_schema;
select current_user is not null, session_user is not null;
select version() is not null;
select pg_typeof(null), pg_typeof('a'), pg_typeof(1), pg_typeof(1.0), pg_typeof(true), pg_typeof(1e0), pg_typeof(2147483648), pg_typeof(9223372036854775808);
values (1, 'a');
table nope;
explain nope;
with select 1;
into x;
select 1 -- comment
+ 1;
select 1 /* a /* nested */ b */ + 1;
