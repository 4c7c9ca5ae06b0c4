# Functions of numbers.

%for f = abs | sign | ceil | ceiling | floor | round | trunc | sqrt | exp | ln | log | cbrt | radians | degrees
%for v = 0 | 1 | -1 | 2.5 | -2.5 | 3.5 | 0.5 | -0.5 | 1.4 | 1e10 | 100 | 2.5::float8 | 3.5::float8 | -0.5::float8 | null::int | 123456789012345678901234567890.5 | 2::smallint | 9::bigint | 0.001 | 'NaN'::float8 | 1.5::real | '4'
select {f}({v});

%for f = abs | sign | ceil | floor | round | trunc | sqrt | exp | ln | log
%for t = smallint | int | bigint | real | double precision | numeric
select pg_typeof({f}(1::{t}));

%for f = sin | cos | tan | asin | acos | atan | sinh | cosh | tanh | asinh | acosh | atanh | cot | sind | cosd | tand | asind | acosd | atand | cotd
%for v = 0 | 1 | 0.5 | -1 | 45 | 2 | null
select round({f}({v})::numeric, 10);

%for v = 2.345 | -2.345 | 2.5 | 1234.5678 | 0.05 | -0.05 | 99.995 | 1e20 | null | 5 | 0.000123456
%for n = 0 | 1 | 2 | -1 | -2 | 10 | -5 | null
select round({v}, {n}), trunc({v}, {n});

%for f ; a = power ; 2, 3 | power ; 2, -1 | power ; 2.5, 2 | power ; 0, 0 | power ; 0, -1 | power ; -8, 3 | power ; -8, 0.5 | power ; 2, 0.5 | power ; 10.0, 20 | power ; 10, 400 | power ; 2::float8, 10 | power ; null, 1 | power ; 1.0001, 10000 | pow ; 3, 4 | mod ; 7, 3 | mod ; -7, 3 | mod ; 7.5, 2 | mod ; 7, 0 | mod ; 7::bigint, 4::smallint | mod ; 7::float8, 2 | mod ; null, 2 | div ; 7, 2 | div ; -7, 2 | div ; 7.5, 2 | div ; 1, 0 | gcd ; 12, 18 | gcd ; 0, 5 | gcd ; -4, 6 | gcd ; 1.5, 2.25 | lcm ; 4, 6 | lcm ; 0, 5 | lcm ; 1.5, 2 | lcm ; 2147483647, 2147483646 | log ; 2, 64 | log ; 2.0, 10 | log ; 10, 0 | log ; 0, 10 | log ; 1, 5 | atan2 ; 1, 1 | atan2 ; -1, 0 | atan2d ; 1, 1 | factorial ; 5 | factorial ; 0 | factorial ; -1 | factorial ; 25 | log10 ; 1000 | log10 ; 0 | width_bucket ; 5.35, 0.024, 10.06, 5 | width_bucket ; 0, 1, 10, 3 | width_bucket ; 11, 1, 10, 3 | width_bucket ; 5, 10, 1, 3 | width_bucket ; 5, 1, 1, 3 | width_bucket ; 5, 1, 10, 0 | scale ; 8.4100 | scale ; 5 | scale ; 1e10 | min_scale ; 8.4100 | min_scale ; 5.00 | trim_scale ; 8.4100 | trim_scale ; 100.00 | ceil ; -0.5 | floor ; 2.999999999999999999 | sqrt ; -1 | sqrt ; 2 | sqrt ; 2.0 | sqrt ; 1e40 | sqrt ; 0.0001 | ln ; 0 | ln ; -1 | ln ; 2.0 | ln ; 10.0 | exp ; 1.0 | exp ; 0.5 | exp ; 1000 | exp ; -1000 | exp ; 100.0 | log ; -5 | log ; 100.0 | log ; 2.5 | abs ; -9223372036854775808 | abs ; (-2147483648)::int | abs ; (-32768)::smallint | abs ; '-5' | abs ; 'x' | sign ; -0.0 | sign ; -3::float8 | greatest ; 1, 2.5, null | greatest ; 1, 2 | least ; 1.5, 1 | greatest ; null, null | greatest ; 1, '2' | greatest ; 1, 'a' | least ; 1::real, 0.5 | greatest ; 'NaN'::float8, 1 | nullif ; 1, 1.0 | nullif ; 1, 2 | nullif ; null, 1 | nullif ; 1, null | coalesce ; null, 1, 2.5 | coalesce ; null, null | coalesce ; 1, 'x' | coalesce ; null, '5', 2 | num_nulls ; 1, null, 2 | num_nonnulls ; 1, null | round ; 2.5::float8, 1 | round ; 'x' | ceil ; true | numeric_inc ; 1.5 | bit_count ; '\xff'::bytea | to_hex ; 255 | isfinite ; date '2020-01-01'
select {f}({a});

%for v = 0 | 1 | -1 | 12 | 1234.5 | -1234.5 | 0.5 | 1234567.891 | 485 | null | 12.3456 | 1e10 | 0.00049
%for f = '999' | '9999.99' | '0000' | 'FM9999.99' | '9,999.99' | 'S999' | '999S' | '999MI' | '999PR' | '$999.99' | 'RN' | 'FM0.99' | '999th' | '9.99EEEE' | '99V99' | 'PL99' | 'SG99' | 'FM999,999,990.00' | '"n="999' | '' | 'L99' | '9G999D99' | '0.0'
%take 120
select to_char({v}, {f});

%for v ; f = '1,234.50' ; '9,999.99' | '-12' ; 'S99' | '12-' ; '99MI' | '<12>' ; '99PR' | '$12.5' ; 'L99.9' | 'abc' ; '999' | '123' ; '99' | '' ; '99' | '  12' ; '9999' | '1234' ; '9G999' | '12.5' ; '99' | '0012' ; '0000' | null ; '99'
select to_number({v}, {f});

# Columns of NUMERIC hold what they promise.

create table m (id int primary key, a numeric(5,2), b numeric(3), c numeric, d numeric(38,10), e numeric(2,2), f real, g smallint);
%for c ; v = a ; 123.456 | a ; 999.994 | a ; 999.995 | a ; -999.99 | a ; 1000 | a ; 'NaN' | a ; 1e2 | a ; null | a ; '12.345' | a ; 'x' | b ; 999.4 | b ; 999.5 | b ; -0.4 | c ; 1e50 | c ; 1.000000000000000000000000000000000001 | c ; 12345678901234567890123456789012345678 | d ; 1234567890123456789012345678.0123456789 | d ; 1e28 | d ; 0.00000000005 | e ; 0.994 | e ; 0.995 | e ; 1 | e ; -0.99 | f ; 0.1 | f ; 1e39 | f ; 1e-46 | f ; 16777217 | f ; 'NaN' | g ; 32767.4 | g ; 32767.5 | g ; '12' | g ; '1.5' | g ; 1.5 | g ; 2.5 | g ; 1.5::float8 | g ; 2.5::float8
%begin
insert into m (id, {c}) values (1, {v});
select {c}, pg_typeof({c}), {c} * 2 from m;
delete from m;
%end

%for t = numeric(0) | numeric(1001) | numeric(5,6) | numeric(5,-2) | numeric(2,1001) | numeric(38,38) | float(1) | float(24) | float(25) | float(53) | float(54) | float(0) | decimal(4,1) | dec | int2 | int4 | int8 | float4 | float8 | numeric(-1)
select 0.1::{t}, pg_typeof(0.1::{t});

# Numbers that come out of many rows.

select sum(x), avg(x), min(x), max(x), count(*) from generate_series(1, 100) x;
select x from generate_series(1, 10, 3) x;
select x from generate_series(5, 1, -2) x;
select x from generate_series(1, 0) x;
select x from generate_series(1, 3, 0) x;
select x from generate_series(1.0, 2.0, 0.25) x;
select x from generate_series(null, 3) x;
select x * y from generate_series(1, 3) x, generate_series(1, 2) y;
select count(*) from generate_series(1, 10000) x where x % 7 = 0;
select sum(x::numeric / 3) from generate_series(1, 10) x;
select sum(1.0 / x) from generate_series(1, 20) x;
select avg(x::numeric / 7) from generate_series(1, 5) x;
select round(stddev(x), 6) from generate_series(1, 10) x;
select x, lag(x) over (order by x) from generate_series(1, 3) as g (x);
select pg_typeof(x) from generate_series(1, 2::bigint) x limit 1;
select sum(x * 1.1::float8) from generate_series(1, 5) x;
select g.n from generate_series(2, 4) as g (n) join generate_series(3, 5) h (n) on g.n = h.n;
select sum(b) from (values (9223372036854775807), (9223372036854775807)) v (b);
select sum(i) from (values (2147483647), (2147483647)) v (i);
select sum(s), avg(s) from (values (32767::smallint), (32767::smallint)) v (s);
select avg(x) from (values (1), (2), (2)) v (x);
select avg(x) from (values (1.0), (2.00), (2)) v (x);
select avg(b) from (values (9223372036854775807), (1)) v (b);
select sum(n) from (values (0.1), (0.20), (0.300)) v (n);
select max(n), min(n) from (values (1e100), (-1e100), (0.5)) v (n);
