# Dates, times, timestamps and intervals: input, output, casts, comparison, arithmetic.

create table e (id int primary key, d date, t time, ts timestamp, tz timestamptz, iv interval);
insert into e values (1, '2024-02-29', '10:30:15.5', '2024-02-29 10:30:15.5', '2024-02-29 10:30:15.5+00', '1 year 2 months 3 days 04:05:06'),
 (2, '1999-12-31', '23:59:59.999999', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999+02', '-1 days +02:03'),
 (3, '2000-01-01', '00:00', '2000-01-01 00:00', '2000-01-01 00:00-05:30', '0'), (4, null, null, null, null, null),
 (5, '1970-01-01', '12:00', '1970-01-01 00:00:00', '1969-12-31 23:59:59.5Z', '1 month -1 day'), (6, '0001-01-01', '00:00:00.000001', '0001-01-01 00:00', '9999-12-31 23:59:59Z', '30 days'), (7, '9999-12-31', '24:00', '9999-12-31 23:59:59', '2024-03-31 01:30+00', '720:00:00');

select d, t, ts, tz, iv from e order by id;

%for v = '2024-01-02' | '2024-1-2' | '20240102' | 'January 2, 2024' | 'Jan 2 2024' | '2 Jan 2024' | '2024-Jan-02' | '1/2/2024' | '01-02-2024' | '2024.01.02' | '2024/01/02' | '2024-02-30' | '2023-02-29' | '2024-13-01' | '2024-00-01' | '2024-01-00' | '0000-01-01' | '0044-03-15 BC' | '99999-01-01' | '5874898-01-01' | 'epoch' | 'infinity' | '-infinity' | 'today' is not null | '2024' | '' | 'abc' | ' 2024-01-02 ' | '2024-01-02 10:00' | '2024-01-02T10:00Z' | '2024-060' | 'J2451187' | '24-01-02' | '2024-01' | null | '2024-01-02x' | '12/31/99' | '10000-01-01'
select date {v};

%for v = '10:00' | '10:00:01' | '10:00:01.123456' | '10:00:01.1234567' | '24:00' | '24:00:01' | '25:00' | '10:60' | '10:00:60' | '10:00:61' | '1000' | '100001' | '10' | '10:00 PM' | '12:00 AM' | '12:30 pm' | '13:00 pm' | '10:00+02' | '' | 'abc' | '2024-01-01 10:00' | '00:00:00.0000001' | '23:59:59.9999999' | '-10:00' | '10:5' | 'allballs' | '1:2:3'
select time {v};

%for t = timestamp | timestamptz
%for v = '2024-01-02' | '2024-01-02 10:00' | '2024-01-02T10:00:00' | '2024-01-02T10:00:00Z' | '2024-01-02 10:00:00.123456789' | '2024-01-02 10:00+02' | '2024-01-02 10:00-05:30' | '2024-01-02 10:00 UTC' | '2024-01-02 10:00 America/New_York' | '2024-07-02 10:00 America/New_York' | '2024-01-02 10:00 Europe/Berlin' | '2024-01-02 10:00 CET' | '2024-01-02 10:00 EST' | '2024-01-02 24:00' | '2024-01-02 25:00' | '2024-02-30 10:00' | '2024-01-02 10:00 PM' | 'Jan 2 2024 10:00' | '20240102T100000' | '2024-01-02 10:00+25' | 'epoch' | 'infinity' | '-infinity' | '' | 'abc' | '0001-01-01 00:00' | '9999-12-31 23:59:59.999999' | '2024-01-02 23:59:59.9999999' | '1969-12-31 23:59:59.999999' | '2024-01-02 10:00 Nope/Zone' | '2024-01-02  10:00' | null | '2024-03-31 02:30 Europe/Berlin' | '2024-10-27 02:30 Europe/Berlin' | '2024-01-02 10' | '2024-01-02 10:00:00 +02:00'
select {v}::{t};

%for v = '1 day' | '1 year 2 months 3 days 4 hours 5 minutes 6.789 seconds' | '1-2' | '3 4:05:06' | 'P1Y2M3DT4H5M6S' | 'P0001-02-03T04:05:06' | '-1 day' | '1 day ago' | '+1 day -2 hours' | '1.5 days' | '1.5 months' | '0.5 years' | '1 week' | '2 weeks 3 days' | '1 decade' | '1 century' | '1 millennium' | '10:20' | '10:20:30.5' | '-10:20' | '100 hours' | '90 minutes' | '86400 seconds' | '1000000 microseconds' | '5 ms' | '1 mon' | '1 y 2 mons' | '1d 2h 3m 4s' | '' | 'abc' | '1' | '1.5' | '1 dya' | '1 day 1 day' | '-1 year -2 months' | '1 month -1 day' | '25 months' | '0' | '0 days' | '1 day -24:00' | '99999999999 years' | 'P1W' | 'PT' | 'P' | 'PT36H' | '@ 1 minute' | '1 quarter' | 'infinity' | '-0.1 seconds' | '-00:00:01' | '1 mon 40 days 30:00:00' | '178000000 years' | 'P-1Y2M' | '1 day 2:3' | null
select interval {v};

%for s = '1' | '10' | '1.5' | '1-2' | '2 3:04' | '5:06'
%for f = year | month | day | hour | minute | second | year to month | day to hour | day to minute | day to second | hour to minute | hour to second | minute to second | second(2)
%take 50
select interval {s} {f};

%for t = date | time | timestamp | timestamptz | text | interval | int | boolean
%for c = d | t | ts | tz | iv
%take 36
select id, {c}::{t} is null from e where id in (1, 4) order by id;

%for t ; c = date ; ts | date ; tz | time ; ts | time ; tz | time ; iv | interval ; t | timestamp ; d | timestamp ; tz | timestamptz ; d | timestamptz ; ts
select id, {c}::{t} from e order by id;

%for t = timestamp(0) | timestamp(3) | timestamptz(0) | time(0) | time(2) | interval(0) | timestamp(6) | timestamp(7)
%for v = '2024-01-02 23:59:59.987654' | '00:00:00.4999999' | '2024-12-31 23:59:59.5'
%take 20
select {v}::{t};

%for c = d | t | ts | tz | iv
%for o = {c} | {c} desc | {c} nulls first
select id from e order by {o}, id;

%for c = d | t | ts | tz | iv
%for f = min({c}) | max({c}) | count({c}) | count(distinct {c})
select {f} from e;

%for op = = | <> | < | <= | >
%for l ; r = date '2024-01-01' ; date '2024-01-02' | date '2024-01-01' ; timestamp '2024-01-01 00:00' | date '2024-01-01' ; timestamptz '2024-01-01 00:00+01' | timestamp '2024-01-01 10:00' ; timestamptz '2024-01-01 10:00Z' | time '10:00' ; time '10:00:00.000001' | interval '1 day' ; interval '24 hours' | interval '1 month' ; interval '30 days' | interval '1 month' ; interval '31 days' | interval '1 year' ; interval '360 days' | interval '1 year' ; interval '12 months' | interval '-1 day' ; interval '0' | date '2024-01-01' ; '2024-01-02' | timestamptz '2024-01-01 10:00+02' ; timestamptz '2024-01-01 08:00+00' | date 'infinity' ; date '9999-12-31' | timestamp '-infinity' ; timestamp '0001-01-01' | interval '1 day 24:00' ; interval '2 days'
select {l} {op} {r};

%def moments = date '2024-01-31' | date '2024-02-29' | timestamp '2024-01-31 23:30' | timestamptz '2024-03-30 12:00Z' | time '22:30' | timestamp '1999-12-31 23:59:59.999999' | interval '1 mon 15 days 12:00' | null::date
%def spans = interval '1 month' | interval '-1 month' | interval '1 year' | interval '1 day' | interval '36 hours' | interval '1 month -1 day' | interval '0.000001 seconds' | interval '1 year 1 month 1 day 01:01:01' | interval '12 months' | interval '90 minutes' | null::interval | interval '100 years'

%for m = $moments
%for op = + | -
%for s = $spans
select {m} {op} {s};

select date '2024-03-01' - date '2024-02-01', pg_typeof(date '2024-03-01' - date '2024-02-01');
select date '2024-01-01' + 1, 1 + date '2024-01-01', date '2024-01-01' - 1, pg_typeof(date '2024-01-01' + 1);
select date '2024-01-01' + 1.5;
select date '2024-01-01' + '1';
select date '2024-01-01' + date '2024-01-01';
select 1 - date '2024-01-01';
select date '2024-01-01' + time '10:00', pg_typeof(date '2024-01-01' + time '10:00');
select time '10:00' + date '2024-01-01';
select time '10:00' + time '10:00';
select time '10:00' - time '12:30', pg_typeof(time '10:00' - time '12:30');
select time '23:00' + interval '2 hours', time '01:00' - interval '2 hours', time '10:00' + interval '1 day';
select timestamp '2024-03-01' - timestamp '2024-02-01 12:00', pg_typeof(timestamp '2024-03-01' - timestamp '2024-02-01');
select timestamptz '2024-03-01Z' - timestamptz '2024-02-01 12:00+02';
select timestamp '2024-03-01' - date '2024-02-01';
select date '2024-03-01' - timestamp '2024-02-01 06:00';
select timestamp '2024-01-01' + 1;
select timestamp '2024-01-01' - '2023-01-01';
select timestamp '2024-01-01' + '1 day';
select timestamp '2024-01-01' + timestamp '2024-01-01';
select interval '1 day' + date '2024-01-01', interval '1 day' + timestamp '2024-01-01', interval '1 hour' + time '10:00';
select interval '1 day' - date '2024-01-01';
select date '9999-12-31' + 1, date '5874897-12-31' + 1;
select timestamp '294276-12-31' + interval '1 year';
select date '2024-01-01' + 2147483647;
select interval '1 day' * 2, 2 * interval '1 day', interval '1 day' * 1.5, interval '1 month' * 0.5, interval '1 month' / 2, interval '1 day' / 3, interval '1 hour' / 1.5;
select interval '1 day' / 0;
select interval '1 day' * 'NaN'::float8;
select interval '1 year' * 3.7, interval '1 month' * -2, interval '10:00' * 2.5, interval '1 day' * null;
select interval '1 day' * interval '1 day';
select 1 / interval '1 day';
select -interval '1 month 1 day 01:00';
select - date '2024-01-01';
select interval '1 day' + interval '24 hours', interval '1 month' - interval '30 days', interval '1 year' + interval '1 month', interval '5 hours' - interval '10 hours';
select interval '1 day' + 1;
select interval '178000000 years' + interval '178000000 years';
select (date '2024-01-01', interval '10 days') overlaps (date '2024-01-05', date '2024-02-01');
select (date '2024-01-01', date '2024-01-05') overlaps (date '2024-01-05', date '2024-01-09'), (time '10:00', time '12:00') overlaps (time '11:00', time '13:00'), (date '2024-01-05', date '2024-01-01') overlaps (date '2024-01-02', null);
select date '2024-01-01' between date '2023-01-01' and '2025-01-01', timestamp '2024-01-01' in ('2024-01-01', '2025-01-01');
select date '2024-01-01' = 1;
select date '2024-01-01' = 'abc';
select '2024-01-01'::text::date, '10:00'::text::time, '1 day'::text::interval;
select date '2024-01-01'::text, interval '1 day 02:00'::text, time '10:00'::text;
select date '2024-01-01' || '', 'on ' || date '2024-01-01';
select 20240101::date;
select 1::interval;
select true::date;
select d, count(*) from e group by d order by d;
select e1.id, e2.id from e e1 join e e2 on e1.d = e2.ts::date and e1.id <> e2.id order by 1, 2;
select id from e where d > '2000-01-01' order by id;
select id from e where tz >= '2000-01-01' order by id;
select id from e where ts < date '2000-01-02' order by id;
select id from e where iv > interval '1 month' order by id;
select id, d - date '2000-01-01' from e order by id;
select id, ts - timestamp '2000-01-01' from e order by id;
select id, tz - timestamptz '2000-01-01Z' from e order by id;
select id, d + iv from e order by id;
select id, ts + iv from e where id < 6 order by id;
select id, tz - iv from e where id < 6 order by id;
select id, t + iv from e where id < 7 order by id;
select id, iv * 2, iv / 2, -iv from e order by id;
select sum(iv), avg(iv) from e;
select max(d) - min(d) from e;
select avg(d) from e;
select sum(t) from e;
select x from generate_series(date '2024-01-30', date '2024-02-02', interval '1 day') x;
select x from generate_series(timestamp '2024-01-31', timestamp '2024-05-31', interval '1 month') x;
select x from generate_series(timestamptz '2024-01-01Z', '2024-01-02Z', '8 hours') x;
select x from generate_series(timestamp '2024-01-02', timestamp '2024-01-01', interval '-8 hours') x;
select x from generate_series(timestamp '2024-01-02', timestamp '2024-01-03', interval '0') x;
select x from generate_series(date '2024-01-30', date '2024-02-02', 1) x;
