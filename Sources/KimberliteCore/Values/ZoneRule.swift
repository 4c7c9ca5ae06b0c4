// SPDX-License-Identifier: Apache-2.0
// Time zones as text: the TZ variable of POSIX ("CET-1CEST,M3.5.0,M10.5.0/3"), which also ends a
// TZif file, and the abbreviations that PostgreSQL knows.

/// A zone that repeats every year.
struct ZoneRule: Sendable {
  /// Seconds east of UTC.
  var standard: Int64
  /// Daylight saving, and from when to when.
  private var saving: (offset: Int64, from: Change, to: Change)?

  /// When clocks change in a year.
  private struct Change {
    enum Day {
      /// The `week`th (5: the last) `weekday` (0: Sunday) of a month.
      case weekday(month: Int, week: Int, weekday: Int)
      /// 1 … 365, 29 February never counted.
      case julian(Int)
      /// 0 … 365.
      case ordinal(Int)
    }
    var day: Day
    /// Seconds after midnight, local time.
    var time: Int64

    /// The local time of the change, in seconds since 1970.
    func local(in year: Int) -> Int64 {
      let start = Calendar.dayNumber(.init(year: year, month: 1, day: 1))
      let number: Int64
      switch day {
      case .julian(let count):
        number = start + Int64(count - 1) + (Calendar.isLeap(year) && count >= 60 ? 1 : 0)
      case .ordinal(let count): number = start + Int64(count)
      case .weekday(let month, let week, let weekday):
        let first = Calendar.dayNumber(.init(year: year, month: month, day: 1))
        let shift = (weekday - Int(Calendar.weekday(first)) % 7 + 7) % 7
        var date = 1 + shift + (week - 1) * 7
        while date > Calendar.dayCount(year: year, month: month) { date -= 7 }
        number = first + Int64(date - 1)
      }
      return number * 86_400 + time
    }
  }

  /// The two times of a year at which clocks change, in seconds since 1970.
  private func changes(in year: Int) -> (on: Int64, off: Int64)? {
    saving.map { ($0.from.local(in: year) - standard, $0.to.local(in: year) - $0.offset) }
  }

  private static func year(of time: Int64) -> Int {
    Calendar.civil((time - Calendar.modulo(time, 86_400)) / 86_400).year
  }

  func offset(at time: Int64) -> Int64 {
    guard let saving, let (on, off) = changes(in: Self.year(of: time + standard)) else {
      return standard
    }
    let isSaving = on < off ? time >= on && time < off : time >= on || time < off
    return isSaving ? saving.offset : standard
  }

  func boundary(after time: Int64) -> Int64? {
    let year = Self.year(of: time)
    var best: Int64?
    for candidate in year - 1...year + 1 {
      guard let (on, off) = changes(in: candidate) else { return nil }
      for change in [on, off] where change > time { best = min(best ?? change, change) }
    }
    return best
  }

  // MARK: Text

  /// Reads a TZ string; the name of standard time may be missing, as in `+02`, and its sign counts
  /// west of Greenwich.
  init?(parsing text: Span<UInt8>) {
    var cursor = TextCursor(text)
    guard Self.passName(&cursor), let west = Self.time(&cursor, hoursMax: 24) else { return nil }
    standard = -west
    if cursor.isAtEnd { return }
    let start = cursor.position
    guard Self.passName(&cursor), cursor.position > start else { return nil }
    var offset = standard + 3600
    if !cursor.isAtEnd, cursor.next != UInt8(ascii: ",") {
      guard let west = Self.time(&cursor, hoursMax: 24) else { return nil }
      offset = -west
    }
    if cursor.isAtEnd {
      // Without dates those of the United States hold.
      saving = (
        offset, Change(day: .weekday(month: 3, week: 2, weekday: 0), time: 7200),
        Change(day: .weekday(month: 11, week: 1, weekday: 0), time: 7200)
      )
      return
    }
    guard let from = Self.change(&cursor), let to = Self.change(&cursor), cursor.isAtEnd else {
      return nil
    }
    saving = (offset, from, to)
  }

  /// Letters, or anything between angle brackets.
  private static func passName(_ cursor: inout TextCursor) -> Bool {
    if cursor.accept(UInt8(ascii: "<")) {
      while !cursor.isAtEnd, cursor.next != UInt8(ascii: ">") { cursor.skip() }
      return cursor.accept(UInt8(ascii: ">"))
    }
    while cursor.next.isLetter { cursor.skip() }
    return true
  }

  /// `[+-]h[h][:mm[:ss]]` in seconds.
  private static func time(_ cursor: inout TextCursor, hoursMax: Int64) -> Int64? {
    let isNegative = cursor.accept(UInt8(ascii: "-"))
    if !isNegative { _ = cursor.accept(UInt8(ascii: "+")) }
    guard let hours = cursor.number(), hours <= hoursMax else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] as [Int64] where cursor.accept(UInt8(ascii: ":")) {
      guard let part = cursor.digits(2), part < 60 else { return nil }
      seconds += Int64(part) * unit
    }
    return isNegative ? -seconds : seconds
  }

  /// `,Mm.w.d[/time]`, `,Jn[/time]` or `,n[/time]`.
  private static func change(_ cursor: inout TextCursor) -> Change? {
    guard cursor.accept(UInt8(ascii: ",")) else { return nil }
    let day: Change.Day
    if cursor.accept(UInt8(ascii: "M")) {
      guard let month = cursor.number(), (1...12).contains(month),
        cursor.accept(UInt8(ascii: ".")), let week = cursor.number(), (1...5).contains(week),
        cursor.accept(UInt8(ascii: ".")), let weekday = cursor.number(), weekday <= 6
      else { return nil }
      day = .weekday(month: Int(month), week: Int(week), weekday: Int(weekday))
    } else if cursor.accept(UInt8(ascii: "J")) {
      guard let number = cursor.number(), (1...365).contains(number) else { return nil }
      day = .julian(Int(number))
    } else {
      guard let number = cursor.number(), number <= 365 else { return nil }
      day = .ordinal(Int(number))
    }
    guard cursor.accept(UInt8(ascii: "/")) else { return Change(day: day, time: 7200) }
    // RFC 9636, section 3.3.1: up to a week either way.
    return time(&cursor, hoursMax: 167).map { Change(day: day, time: $0) }
  }
}

extension TimeZone {
  /// The zone of an abbreviation of PostgreSQL's Default set, at its present offset; in any case.
  static func abbreviated(_ name: String) -> TimeZone? {
    abbreviations[name.lowercased()].map { TimeZone(offset: $0 * 60) }
  }

  /// Reads a zone that is no name of a file: `+02`, `UTC+3`, `EST5EDT`, signs west of Greenwich.
  public init?(rule text: String) {
    guard let rule = text.withSpan({ ZoneRule(parsing: $0) }) else { return nil }
    self.init(rule)
  }

  /// Minutes east of UTC.
  private static let abbreviations: [String: Int64] = {
    let list = """
      acdt 630,acsst 630,acst 570,act -300,acwst 525,adt -180,aedt 660,aesst 660,aest 600,aft 270,
      akdt -480,akst -540,almst 420,almt 360,amst 240,amt -240,anast 720,anat 720,arst -180,
      art -180,ast -240,awsst 540,awst 480,azost 0,azot -60,azst 240,azt 240,bdst 120,bdt 360,
      bnt 480,bort 480,bot -240,bra -180,brst -120,brt -180,bst 60,btt 360,cadt 630,cast 570,
      cct 480,cdt -300,cest 120,cet 60,cetdst 120,chadt 825,chast 765,chut 600,ckt -600,clst -180,
      clt -180,cot -300,cst -360,cxt 420,davt 420,ddut 600,easst -300,east -300,eat 180,edt -240,
      eest 180,eet 120,eetdst 180,egst 0,egt -60,est -300,fet 180,fjst 780,fjt 720,fkst -180,
      fkt -180,fnst -60,fnt -120,galt -360,gamt -540,gest 240,get 240,gft -180,gilt 720,gmt 0,
      gyt -240,hkt 480,hst -600,ict 420,idt 180,iot 360,irkst 480,irkt 480,irt 210,ist 120,
      jayt 540,jst 540,kdt 600,kgst 360,kgt 360,kost 660,krast 420,krat 420,kst 540,lhdt 660,
      lhst 630,ligt 600,lint 840,lkt 330,magst 660,magt 660,mart -570,mawt 300,mdt -360,mest 120,
      mesz 120,met 60,metdst 120,mez 60,mht 720,mmt 390,mpt 600,msd 240,msk 180,mst -420,must 300,
      mut 240,mvt 300,myt 480,ndt -150,nft -210,novst 420,novt 420,npt 345,nst -210,nut -660,
      nzdt 780,nzst 720,nzt 720,omsst 360,omst 360,pdt -420,pet -300,petst 720,pett 720,pgt 600,
      pht 480,pkst 360,pkt 300,pmdt -120,pmst -180,pont 660,pst -480,pwt 540,pyst -180,pyt -180,
      ret 240,sadt 630,sast 120,sct 240,sgt 480,taht -600,tft 300,tjt 300,tkt 780,tmt 300,tot 780,
      trut 600,tvt 720,uct 0,ulast 540,ulat 480,ut 0,utc 0,uyst -120,uyt -180,uzst 360,uzt 300,
      vet -240,vlast 600,vlat 600,volt 180,vut 660,wadt 480,wakt 720,wast 420,wat 60,wdt 540,
      wet 0,wetdst 60,wft 720,wgst -120,wgt -180,xjt 360,yakst 540,yakt 540,yapt 600,yekst 360,
      yekt 300,z 0,zulu 0
      """
    var result: [String: Int64] = [:]
    for entry in list.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
      let parts = entry.split(separator: " ")
      guard parts.count == 2, let minutes = Int64(parts[1]) else {
        preconditionFailure("an abbreviation has an offset")
      }
      result[String(parts[0])] = minutes
    }
    return result
  }()
}
