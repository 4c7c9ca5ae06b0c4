// SPDX-License-Identifier: Apache-2.0
// Notes, checkpoints and proofs that other programs made: C2SP signed-note v1.0.0, tlog-checkpoint
// v1.0.0, tlog-cosignature v1.0.0 and tlog-proof. An independent implementation wrote them, and
// golang.org/x/mod and torchwood agree.

/// What another implementation signs, refuses and proves.
enum NoteVectors {
  static let logKey = "example.com/ledger+ce90cee9+AYUxC0M6qZM4sRv3WUQhqBPtMuPCA0e0bbArrA+ZlKQ/"
  static let logSigningKey =
    "PRIVATE+KEY+example.com/ledger+ce90cee9+AdQleP1x6lnVu2jcVGN2QGePfmrfRvrd+kLV1tiPSCug"
  static let witnessKey = "witness.example/w1+4c7a333e+BAvrChVM5qlMcL8+LerAX/D3FATAjUBPEJvjrYPB8eFn"
  static let checkpoint =
    "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
  static let cosigned =
    "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n— witness.example/w1 THozPgAAAABpVbkA/4MKM6XFDLAHSnnktQLa0inwhtte8Xjsz+ifyDWKcfrdM4rBpD8huZqGOIXTQHly/Iy6Xi/ySpVcrntcW4DMCA==\n"
  static let cosignatureTime: UInt64 = 1767225600
  static let empty =
    "example.com/ledger\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— example.com/ledger zpDO6f3KKEZkSRUsK1tYn4RipYvIvhScr3zJmFauNH0ogGaBvq+XxyaCpd2Q4Qy005+0cYrZURrunOl+f2wfiThh6Qg=\n"
  static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  static let example =
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"

  /// Notes that are refused: as notes, by their signatures, as checkpoints.
  static let bad: [(why: String, layer: String, text: String)] = [
    (
      "no blank line", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
    ),
    (
      "signature line lacks final newline", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw="
    ),
    (
      "CR in text", "note",
      "example.com/ledger\r\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6ZN6EbUq/bdkeCGPLJE9rg3ZNjl+aKub1RlnGvYFMVtgxzLOUBr7X4laTPaz09gbqc6VuCgBCmMekXZykSiGhAM=\n"
    ),
    (
      "ASCII hyphen instead of em dash", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n- example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
    ),
    (
      "flipped signature bit", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMA5Qw=\n"
    ),
    (
      "good signature followed by bad one of the same key is still accepted by x/mod (first wins) but bad-then-good must fail",
      "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMA5Qw=\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
    ),
    (
      "signature by unknown name only", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/other Dm7ZldYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
    ),
    (
      "text changed (size)", "note",
      "example.com/ledger\n70001\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=\n"
    ),
    (
      "cosignature-type key id (alg 4) on a plain signature", "note",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger JUv88wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    ),
    (
      "leading zero in size", "checkpoint",
      "example.com/ledger\n070000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6Yxs7mvEHVBtr3PeJTyuiBFSnR4Q0XaWSxxq63IFwhlhJ5F2yRYAnqEMx7pODBrn+w7o0PFbbQUpghtIjvzaoAw=\n"
    ),
    (
      "plus sign in size", "checkpoint",
      "example.com/ledger\n+70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6ceEgqPq3xgZHOKJOujwHSuQP/hXFHqoO86Wj/LU1QDhQt+g7qCHoA0mhkuTKJnOf4CkYIBQkqs+V2YwDRWX5QE=\n"
    ),
    (
      "negative size", "checkpoint",
      "example.com/ledger\n-1\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6fHcJorCokXW4X+ahrLAy56CIVQvpJdlV672yywldFBZ0b4QERGE8s4N7nWcNTZCm9v5uuRqitgcdnCijs3X0Qc=\n"
    ),
    (
      "size over int64", "checkpoint",
      "example.com/ledger\n9223372036854775808\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6feLGLUBtRJvd38+FnKhtLt3n2QZDJBp/GKeUmHONdY/NbYiXThGKGqzOlG85aqljXvAF4LgYfxYAD3P9qPGIwo=\n"
    ),
    (
      "31-byte root", "checkpoint",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FQ==\n\n— example.com/ledger zpDO6c3hiYYJIZNwKcwQoV+Yfm+HHqdjVn5j4QZE3SGRgMXBY/72AvgLg1aITPR4h0bOZpamoywxpCS2pNoAG15AFg4=\n"
    ),
    (
      "hex root", "checkpoint",
      "example.com/ledger\n70000\na62a54be33294ffd5a5c4c637fd754630b71a892e8356e3a666a5c8a7ffd1518\n\n— example.com/ledger zpDO6QraoJJKPmrCu0/vIlJ0q5vhoqzKJPO+2gkpWtMoAixesBPpVWfCSkc1sgvd3o9uuPCqdV9sk/x0HyCnLcSBFQM=\n"
    ),
    (
      "unpadded base64 root", "checkpoint",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg\n\n— example.com/ledger zpDO6YF4oMQ04HeUzjogO6Fx/nJ73ZyUmeCoxlBRwA7ZV7inCCbmu0vkip1C/iuiFHSVM1B71mgKx4AGA8fpgOS4yQ8=\n"
    ),
    (
      "only two lines", "checkpoint",
      "example.com/ledger\n70000\n\n— example.com/ledger zpDO6V5qzuem8ak+xkdBkrqB9TbRprSK7aB/qYVqOMpHhP3F6WauzpbN10c7ALzpLk6Ra+CtVNHYvuflEUMTXldZOAg=\n"
    ),
    (
      "empty extension line", "checkpoint",
      "example.com/ledger\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\nx\n\n— example.com/ledger zpDO6V6a3wFzRY5yQywXz+7iHvM1c9A4Qy2H3N58VgFsgXHjT29exh+D0DDAufuYVIT054jOCRbK2LZcDjDHeu3kKgQ=\n"
    ),
    (
      "origin differs from key name (policy check: origin must equal the expected log)", "origin",
      "example.com/evil\n70000\npipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=\n\n— example.com/ledger zpDO6SB83JSy/hUz3KrJMntuyCDj6WDyVBvAGyu8Ykc+5xwrKhKeK0mTe3CaKwdBd/xkiOZdjgbGoPhYhAAJYdsL6w0=\n"
    ),
  ]

  static let proofLeaf = "entry-12345"
  static let proof = """
    c2sp.org/tlog-proof@v1
    extra ZXh0cmE6IGFwcGxpY2F0aW9uIGRhdGE=
    index 12345
    VEJ8NnlxZSzlj2j3TzKz2xuSYXZSgFIKOhSYbLpx4Pc=
    9l3IHKOeyGtiOnp5CeP3MOsWspoplh6HOE5MjzhXhtk=
    M2cXjx+hobpmlzIly6m79ssYnE0TIb8LSV899Cre8/w=
    Do6ZwikXB357c2k+semNkvbesMAQD8cXhM5oyCTq7ZA=
    H91wbSmGxSwDzeQRSULhi5RLaikZvo9bSHmcO1iz+II=
    Eb0fv9nj1Q1n9zCHNOUbz7AHx8v+ukfOZwHLq1V3rH0=
    d3vcgwWapvJp+XZtZReYyS8cXVcTtLy8V+uIY0tH4oQ=
    X1aLvEJMESem+iGdHiMYWTPEnOWQAt0u9+qyNw/cNqw=
    Hc7OG0f7LAdPjf4kZC8swYkAcI7S/E1xFpOQb55OOKM=
    8oEae16KQ/vByBTdrtSktmZXHmVGx0b4ZoyEsgt+Stg=
    Iuqxb1oHwQiQJwtD7xnDFWr/JacZqAomzvtt8pKHbSk=
    KS5T6gkX8Za9HPwhgTlXTL/6DOXVvIcWjXKLgM6g2i0=
    ki+14nt7jGJ81JmBWBDlp41WoDYPCUFvA95FzC1SoHo=
    HMdwD55XP0WwEyaPdK/pPBiL5w3bby1yZql9fkK462s=
    cc4AspOcYXQcfo69p6QJhYleZMUNozRLqXTFxGQB0xs=
    msJm0ApI9fJgTdH81ArCeWEDGU4DOTbFXH7B/1g5TGs=
    E2Q0/KKy8TKzBQWXnNyBpuLLljobIQ9/faFfL1pvGrw=

    example.com/ledger
    70000
    pipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=

    — example.com/ledger zpDO6dYM5np/5sUmnbgllG88QYI+m+ULAYxkX358oZQjrelRY/q2Zv21G2+SvF3BQv7xnHru0UHTgz4/g9wW0iMU5Qw=
    — witness.example/w1 THozPgAAAABpVbkA/4MKM6XFDLAHSnnktQLa0inwhtte8Xjsz+ifyDWKcfrdM4rBpD8huZqGOIXTQHly/Iy6Xi/ySpVcrntcW4DMCA==

    """
  static let proofOfOne =
    "c2sp.org/tlog-proof@v1\nindex 0\n\nexample.com/ledger\n1\nQHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=\n\n— example.com/ledger zpDO6eNNWsh/QpMikVJKXBQXFzcxEzTNohAqRp1AVJ/AN9dV3bEXJi9jWeznj3Q8CyhQIpsu8cEZruHwPLa6sNPurAc=\n"
}
