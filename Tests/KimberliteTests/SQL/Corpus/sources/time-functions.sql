# Functions of dates and times.

%def fields = century | day | decade | dow | doy | epoch | hour | isodow | isoyear | julian | microseconds | millennium | milliseconds | minute | month | quarter | second | timezone | timezone_hour | week | year | nope

%for f = $fields
%for v = date '2024-02-29' | timestamp '2024-12-30 13:14:15.678901' | timestamptz '1969-07-20 20:17:40.5Z' | time '23:45:06.25' | interval '1 year 14 months 40 days 30:05:06.789' | date '2000-12-31' | timestamp '2021-01-03 00:00'
select extract({f} from {v});

%for f = year | month | day | hour | epoch | second | week | dow | isoyear | quarter | century | milliseconds
%for v = date '2005-01-01' | timestamp '0001-01-01 00:00' | interval '-1 year -2 months -3 days -04:05:06.5' | date '1900-03-01' | null::date | timestamptz '2024-02-29 23:59:59.999999Z'
select extract({f} from {v}), date_part('{f}', {v}), pg_typeof(extract({f} from {v})), pg_typeof(date_part('{f}', {v}));

%for f = microseconds | milliseconds | second | minute | hour | day | week | month | quarter | year | decade | century | millennium | isoyear | nope | YEAR
%for v = timestamp '2024-12-30 13:14:15.678901' | timestamptz '2021-01-03 00:00:01Z' | interval '25 months 40 days 30:05:06.789' | timestamp '1999-05-17 08:09:10' | null::timestamp
select date_trunc('{f}', {v});

%for f = day | month | hour
%for z = 'UTC' | 'America/New_York' | 'Asia/Kolkata' | 'Europe/Berlin' | 'Nope' | '+02'
select date_trunc('{f}', timestamptz '2024-03-31 02:30Z', {z});

%for z = 'UTC' | 'America/New_York' | 'Europe/Berlin' | 'Asia/Kolkata' | 'Asia/Kathmandu' | 'Australia/Lord_Howe' | 'Pacific/Apia' | 'America/Sao_Paulo' | 'Africa/Casablanca' | 'Etc/GMT+5' | '+03' | '-03:30' | 'EST' | 'europe/berlin' | 'Nope/Zone' | '' | 'Europe/London' | 'Asia/Tehran' | 'America/St_Johns'
%for v = timestamptz '2024-01-15 12:00Z' | timestamptz '2024-07-15 12:00Z' | timestamp '2024-01-15 12:00' | timestamp '2024-07-15 12:00' | timestamptz '1950-06-01 00:00Z' | timestamptz '2050-07-01 00:00Z'
select {v} at time zone {z};

%for v = '2024-03-31 00:59:59Z' | '2024-03-31 01:00Z' | '2024-10-27 00:59:59Z' | '2024-10-27 01:00Z' | '2024-03-10 06:59Z' | '2024-03-10 07:00Z' | '1883-11-18 17:00Z' | '2037-07-01 12:00Z' | '2100-07-01 12:00Z'
%for z = 'Europe/Berlin' | 'America/New_York'
select timestamptz {v} at time zone {z};

%for v = '2024-03-31 01:59:59' | '2024-03-31 02:00' | '2024-03-31 02:30' | '2024-03-31 03:00' | '2024-10-27 01:59' | '2024-10-27 02:00' | '2024-10-27 02:30' | '2024-10-27 03:00' | '1900-01-01 00:00' | '2099-07-01 00:00'
%for z = 'Europe/Berlin' | 'America/New_York' | 'Asia/Tokyo'
select timestamp {v} at time zone {z};

select time '10:00' at time zone 'Europe/Berlin' is not null;
select date '2024-01-01' at time zone 'America/New_York';
select timestamp '2024-01-01 10:00' at time zone interval '-5 hours', timestamptz '2024-01-01 10:00Z' at time zone interval '2:30';
select timestamptz '2024-01-01 10:00Z' at time zone null;
select timestamptz '2024-01-01 10:00Z' at time zone 5;
select timezone('Europe/Berlin', timestamp '2024-07-01 10:00'), timezone('Europe/Berlin', timestamptz '2024-07-01 10:00Z');
select (timestamp '2024-01-01 10:00' at time zone 'Asia/Tokyo') at time zone 'America/Los_Angeles';
select pg_typeof(timestamp '2024-01-01' at time zone 'UTC'), pg_typeof(timestamptz '2024-01-01' at time zone 'UTC');

%for a ; b = '2024-03-01' ; '2024-02-01' | '2024-03-31' ; '2024-02-29' | '2024-02-29' ; '2023-02-28' | '2000-01-01' ; '2024-06-15 10:30' | '2024-01-01' ; '2024-01-01' | '2024-03-01 00:00' ; '2024-02-29 23:59:59.5' | '1957-06-13' ; '2001-04-10' | '2024-12-31' ; '2023-01-30 12:00'
select age(timestamp {a}, timestamp {b}), age(timestamp {b}, timestamp {a});

%for f = justify_days | justify_hours | justify_interval
%for v = '35 days' | '27 hours' | '1 mon -1 hour' | '40 days 50:00' | '-35 days' | '1 month 60 days -70 hours' | '0' | '29 days 23:59:59.5'
select {f}(interval {v});

%for a = 2024, 2, 29 | 2023, 2, 29 | 2024, 13, 1 | 0, 1, 1 | -44, 3, 15 | null, 1, 1 | 2024, 1, 0 | 1, 1, 1 | 9999, 12, 31
select make_date({a});

%for a = 10, 30, 15.5 | 24, 0, 0 | 25, 0, 0 | 0, 0, 60 | 0, 60, 0 | null, 1, 1 | 0, 0, 0.0000001 | 23, 59, 59.999999
select make_time({a});

%for f = make_timestamp | make_timestamptz
%for a = 2024, 2, 29, 10, 30, 15.5 | 2024, 2, 30, 0, 0, 0 | 2024, 1, 1, 24, 0, 0 | 2024, 1, 1, 0, 0, 59.9999999 | 2024, 1, 1, 0, 0, null
select {f}({a});

%for a = | 1 | 1, 2 | 1, 2, 3, 4, 5, 6, 7.5 | 0, 25 | 0, 0, 0, -1 | years => 1, days => 2 | hours => 10, secs => 90.5 | nope => 1 | null
select make_interval({a});

%for v = timestamp '2024-02-29 14:05:06.789012' | timestamptz '2024-12-31 00:00:00Z' | date '2021-01-03' | timestamp '0044-03-15 12:00' | null::timestamp
%for f = 'YYYY-MM-DD HH24:MI:SS' | 'DD Mon YYYY' | 'Day, DD Month YYYY' | 'FMDay, FMDD FMMonth YYYY' | 'HH12:MI AM' | 'hh:mi:ss.ms p.m.' | 'SS.US' | 'YY/Y/YYY' | 'IYYY-IW-ID' | 'Q' | 'DDD' | 'D' | 'WW W' | 'CC' | 'J' | 'SSSS' | 'MON Mon mon' | 'DY Dy dy' | 'RM rm' | 'DDth' | 'DDTH Mon' | '"Year: "YYYY' | 'TZ' | 'OF' | 'YYYY BC' | 'FF3 FF6' | 'Y,YYY' | '' | 'HH24"h"MI"m"' | 'FMHH24:FMMI' | 'DDspth' | 'IDDD'
%take 100
select to_char({v}, {f});

%for v = interval '1 year 2 months 3 days 14:05:06.789' | interval '-36:00:00' | interval '15 days'
%for f = 'YYYY-MM-DD HH24:MI:SS' | 'DD "days" HH24' | 'HH12:MI:SS.MS' | 'FMMM' | 'SSSS'
select to_char({v}, {f});

%for v ; f = '2024-02-29' ; 'YYYY-MM-DD' | '29/02/2024' ; 'DD/MM/YYYY' | 'Feb 29, 2024' ; 'Mon DD, YYYY' | '29 FEBRUARY 2024' ; 'DD MONTH YYYY' | '20240229' ; 'YYYYMMDD' | '24-2-9' ; 'YY-MM-DD' | '2024-060' ; 'YYYY-DDD' | '2024-02-30' ; 'YYYY-MM-DD' | '2024-13-01' ; 'YYYY-MM-DD' | 'abc' ; 'YYYY' | '' ; 'YYYY' | '2024' ; 'YYYY-MM-DD' | '2024-02-29 extra' ; 'YYYY-MM-DD' | '2024W09-4' ; 'IYYY"W"IW-ID' | '  2024-02-29' ; 'YYYY-MM-DD' | null ; 'YYYY' | '2459000' ; 'J' | '2024 2 9' ; 'YYYY MM DD' | 'Thu 29 Feb 2024' ; 'Dy DD Mon YYYY' | '99' ; 'YY' | '69' ; 'YY' | '70' ; 'YY'
select to_date({v}, {f});

%for v ; f = '2024-02-29 14:05:06' ; 'YYYY-MM-DD HH24:MI:SS' | '2024-02-29 02:05 PM' ; 'YYYY-MM-DD HH12:MI AM' | '14:05:06.789' ; 'HH24:MI:SS.MS' | '2024-02-29T14:05' ; 'YYYY-MM-DD"T"HH24:MI' | '2024-02-29 25:00' ; 'YYYY-MM-DD HH24:MI' | '2024-02-29 14:05:06.123456' ; 'YYYY-MM-DD HH24:MI:SS.US' | '2024-02-29 14:05 +02' ; 'YYYY-MM-DD HH24:MI TZH' | '86399' ; 'SSSS'
select to_timestamp({v}, {f});

%for v = 0 | 1.5 | -1 | 1709217906.789 | 253402300799 | 1e18 | 'NaN' | null | 'Infinity'
select to_timestamp({v});

%for a = '15 minutes', timestamp '2024-02-11 15:44:17', timestamp '2001-01-01' | '1 day', timestamp '2024-02-11 15:44:17', timestamp '2024-02-10 06:00' | '7 days', timestamp '2000-01-01', timestamp '2024-01-01' | '1 month', timestamp '2024-02-11', timestamp '2001-01-01' | '0', timestamp '2024-02-11', timestamp '2001-01-01' | '-1 day', timestamp '2024-02-11', timestamp '2001-01-01' | '2 hours', timestamptz '2024-02-11 15:44:17Z', timestamptz '2024-01-01 01:00Z' | null, timestamp '2024-02-11', timestamp '2001-01-01'
select date_bin({a});

select isfinite(date '2024-01-01'), isfinite(timestamp 'infinity'), isfinite(interval '1 day');
select date_part('year');
select extract(nope from date '2024-01-01');
select extract(hour from date '2024-01-01');
select extract(year from time '10:00');
select extract(year from '2024-01-01');
select extract(year from 2024);
select date_trunc('month', '2024-01-01');
select date_trunc(null, timestamp '2024-01-01');
select date_trunc('day', time '10:00');
select date_trunc('month', date '2024-02-29');
select pg_typeof(date_trunc('month', date '2024-02-29')), pg_typeof(date_trunc('day', timestamp '2024-01-01')), pg_typeof(date_trunc('day', interval '1 day'));
select now() = current_timestamp, now() = transaction_timestamp(), current_date = now()::date, localtimestamp = now() at time zone 'UTC';
select clock_timestamp() >= now(), statement_timestamp() >= now();
select pg_typeof(now()), pg_typeof(current_date), pg_typeof(current_time), pg_typeof(localtime), pg_typeof(localtimestamp), pg_typeof(clock_timestamp());
select age(timestamp '2024-01-01') is not null;
select date '2024-01-01' < current_date, now() > '2020-01-01';
select to_char(1, 2);
select to_char('a', 'b');
select to_date('2024', null), to_timestamp(null, 'YYYY');
select extract(epoch from timestamptz '2024-01-01Z') = extract(epoch from timestamp '2024-01-01');
select extract(epoch from interval '1 month'), extract(epoch from interval '1 year'), extract(epoch from interval '-1 day');
select to_timestamp(extract(epoch from timestamptz '2024-01-01 10:00:00.25Z'));
select date_part('epoch', timestamp '2024-01-01 00:00:00.5');
select make_interval(days => 40, mins => 100), make_interval(weeks => 2);
select greatest(date '2024-01-01', '2023-01-01'), least(timestamp '2024-01-01', date '2023-01-01');
select coalesce(null::date, '2024-01-01'), nullif(date '2024-01-01', '2024-01-01');
select case when true then date '2024-01-01' else timestamp '2024-01-01 10:00' end;
select x::date, extract(isodow from x) from generate_series(timestamp '2024-12-29', timestamp '2025-01-02', '1 day') x;
select extract(week from d), extract(isoyear from d), to_char(d, 'IYYY-IW') from (values (date '2020-12-31'), ('2021-01-01'), ('2021-01-04'), ('2024-12-30')) v (d);
