// SPDX-License-Identifier: Apache-2.0
// README.txt of an evidence pack: for whoever gets it and knows nothing of the software.

internal import Kimberlite
internal import KimberliteCore

/// What an evidence pack says of itself in plain words.
struct EvidenceReadme {
  let question: EvidenceQuestion
  let log: LogOrigin
  let verifier: VerifierKey
  /// Of the record at the moment; microseconds since 1970.
  let timestamp: Int64
  let rowCount: Int
  /// Why no row can have a receipt.
  let unproven: String?
  /// Whether the question has times of its own.
  private let hasTimes: Bool
  /// Whether it reads records themselves.
  private let readsRecords: Bool
  /// Whether the log left another chain behind.
  var hasLeftChains = false
  /// Rows without a receipt.
  var rowsWithout = 0
  private var receiptCount = 0
  private var erasedCount = 0
  /// The files of anchors.
  var anchors: [String] = []

  init(
    question: EvidenceQuestion, log: LogOrigin, verifier: VerifierKey, timestamp: Int64,
    rowCount: Int, rows: Rows
  ) {
    self.question = question
    self.log = log
    self.verifier = verifier
    self.timestamp = timestamp
    self.rowCount = rowCount
    unproven = rows.unproven
    hasTimes = rows.reach != nil
    readsRecords = rows.tables.contains("kb.records")
  }

  /// Counts a receipt, and whether what it is about was erased.
  mutating func count(_ receipt: TlogProof) {
    receiptCount += 1
    let extra = receipt.extra ?? []
    guard let record = try? ProvenRecord(extra: extra.span),
      case .hidden? = record.event?.content
    else { return }
    erasedCount += 1
  }

  /// A paragraph in lines of at most 80 characters; the first of a list has a dash.
  private func filled(_ text: String, isItem: Bool = false) -> String {
    var lines: [String] = []
    var line = isItem ? "-" : ""
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if line.count + 1 + word.count > 80 {
        lines.append(line)
        line = isItem ? " " : ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return (lines + [line]).map { $0 + "\n" }.joined()
  }

  private func item(_ text: String) -> String { filled(text, isItem: true) }

  /// The text, in lines of at most 80 characters but for names, keys and hashes.
  var text: String {
    [head, contents, proof, noProof, checking, otherTools].joined(separator: "\n")
  }

  private var head: String {
    let change =
      hasLeftChains
      ? """
      This one was written anew, at least once: where something was erased, also the fact that it
      was there was removed, and records are others than they were first. The operator has a signed
      link between the old log and the new one.
      """
      : "Not one is changed later, but for content that is erased, which leaves a trace."
    return """
      EVIDENCE FROM A LOG

      \(filled("""
        A question was put to a database that keeps a log: records are added at its end. \(change)
        """))
      \(filled("""
        This folder holds the question, the answer, and what is needed to check the answer without
        the database, its software or its owner.
        """))
        log      \(log.text)
        asked    \(EvidenceQuestion.time(question.asked))
        about    the log as it was after record \(question.moment), which is of
                 \(EvidenceQuestion.time(timestamp))\(
        hasTimes ? "; the question names\n           times of its own, none of them later" : "")
        answer   \(rowCount.counted("row"))

      Who asked and why is in query.json.

      """
  }

  private var contents: String {
    """
    WHAT IS IN IT

      query.sql          the question, without comments before and behind it
      query.json         the values of its parameters; who asked, when, why
      schema.sql         what the tables were when the question reads them and when
                         the entries of the receipts were made, as statements
                         of SQL, each with the number that the entries have
      rows.csv           the answer, for people and spreadsheets
      rows.ndjson        the same answer, one JSON object a line, for programs
      receipts/          for each row, the entries of the log that it comes from,
                         and the proof that they are there
      receipts.ndjson    which receipts belong to which row, counted from 1
      moment.tlog-proof  the receipt of the record that the question is about
      checkpoint         how many records the log had, and one hash of them all,
                         signed with the key of the log
      vkey               the key that checks the signatures
      anchors/           what others stated about the log, if anything
      SHA256SUMS         the SHA-256 of each of these files
      statement          the SHA-256 of that list, signed with the key of the log
      verify.sh          checks all of this
      README.txt         this text

    The receipts hold whole entries: also columns that the question did not ask
    for. Handle this folder as you would handle the database.

    """
  }

  private var proof: String {
    var text = """
      WHAT IT PROVES

      If verify.sh says VERIFIED, and the key is the one that the operator of the log
      has published:


      """
    text += item(
      """
      Whoever holds the key of the log has signed for this answer to this question. Not a character
      of it was changed since.
      """)
    if receiptCount > 0 {
      text += item(
        """
        What the \(receiptCount == 1 ? "receipt shows" : "\(receiptCount) receipts show") stands in
        the log, in the \(receiptCount == 1 ? "record that it names" : "records that they name").
        Nobody can change, move or remove it, not even whoever holds the key, without contradicting
        the checkpoint that is here.
        """)
    }
    if anchors.contains(where: { $0.hasSuffix(".tsr") }) {
      text += item(
        """
        Where verify.sh was given --tsa-ca and says so: each time stamp in anchors/ is an authority's
        statement that the records before the number in its name existed at the time that it states.
        """)
    }
    return text
  }

  private var noProof: String {
    var text = "WHAT IT DOES NOT PROVE\n\n"
    if let unproven {
      let counted = unproven.contains("group") || unproven.contains("DISTINCT")
      text += item(
        """
        THAT THE ANSWER IS RIGHT. Its rows are computed; none is an entry of the log. The reason: of
        the question, \(unproven). The signature says that the holder of the key stands for this
        answer, and nothing else here supports it. Whoever needs more should ask for the rows
        \(counted ? "that were counted or merged" : "themselves").
        """)
    } else if rowsWithout > 0 {
      text += item(
        "Anything of \(rowsWithout.counted("row")), which no entry of the log is behind.")
    }
    if readsRecords, receiptCount > 0 {
      text += item(
        """
        Anything of a row of kb.records but what the header of the record says: its offset, its time
        and its hash. Who made a record, and why, is an entry of its own, which no receipt of a
        record holds.
        """)
    }
    if erasedCount > 0 {
      text += item(
        """
        What was erased. \(erasedCount.counted("receipt")) of these
        \(erasedCount == 1 ? "stands" : "stand") for content that was erased since, by an order that
        the log has. \(erasedCount == 1 ? "It shows" : "They show") that something was there and no
        longer what; in the rows it is empty.
        """)
    }
    if receiptCount > 0 {
      text += item(
        """
        That the rows say what the entries say. The program that made this folder has held each row
        that has a receipt against its entry, and the signature stands for it; verify.sh does not.
        See below for how to look at an entry.
        """)
    }
    text += item(
      """
      That rows.csv and rows.ndjson say the same, or that they are what query.sql asks for: verify.sh
      does not look at what is in them.
      """)
    text += item(
      """
      That the answer is complete. A receipt shows that what is here is in the log, not that nothing
      else in the log fits the question. For that, too, there is the signature alone.
      """)
    text += item("That what was entered is true, or that everything was entered.")
    text += item(
      """
      When something happened. Times are those of the machine's clock; a time stamp in anchors/, if
      there is one and it was checked, says by when a record existed at the latest.
      """)
    text += item("What happened afterwards. Rows may have been changed or erased since.")
    if anchors.contains(where: { $0.hasSuffix(".checkpoint") }) {
      text += item(
        """
        What others signed beside the log's key in anchors/*.checkpoint, if they did: verify.sh passes
        their cosignatures over.
        """)
    }
    text += item("Whose key it is. See below.")
    return text
  }

  private var checking: String {
    let script = PackageResources.verify_sh
    return """
      HOW TO CHECK

      On any machine with a POSIX shell, the GNU coreutils and OpenSSL 3, none of
      which come from the maker of this folder:

        sh verify.sh --key KEY

      It needs no network and changes nothing. It looks at some dozens of receipts
      a second, so that thousands take minutes. It ends with a sentence and status 0
      if all is well, with status 1 and the name of a file if that is wrong, and
      with another one if it could not check.

      KEY is the key of the log as its operator has published it, or has given you by
      another way than this folder. The key in this folder is

        \(verifier.text)

      If the two differ, this folder proves nothing of that log.

      If anchors/ has files .tsr, add --tsa-ca FILE: the root certificate, in PEM, of
      an authority for time stamps that you trust, as it has published it.

      verify.sh could have been forged with the rest. It is the same in every folder
      that this version of the software makes, and its SHA-256 is

        \(Digest.hash(script.span).hex)

      Take it from somebody you trust, or read it: it is a few hundred lines.

      """
  }

  private var otherTools: String {
    """
    WHAT ELSE CHECKS THE PIECES

    - kb-verify --receipt FILE --key vkey checks a receipt, and prints the entry
      that it holds, so that you can hold it against the row. An entry is CBOR
      (RFC 8949):
        [1, table, [values]]  a new row
        [2, table, [values]]  a row that was changed: all of its values
        [8, table, [values]]  the values of columns PERSONAL of the row in the entry
                              before, which the others then are without
        [4, stream, number, id, type, data]  an event of a stream
      The numbers of tables and the order of their columns are in schema.sql.
      A receipt of a record itself, without a dash in its name, holds no entry.
    - The receipts are C2SP tlog-proofs, the checkpoints C2SP tlog-checkpoints and
      signed notes, with Ed25519 (RFC 8032) and the trees of RFC 9162: tools for
      transparency logs read them. See c2sp.org.
    - sha256sum -c SHA256SUMS compares the files with the list.
    - openssl ts -verify checks a time stamp (RFC 3161).
    - The cosignatures in anchors/*.checkpoint, if any, are C2SP tlog-cosignatures:
      kb-verify knows them.

    """
  }
}
