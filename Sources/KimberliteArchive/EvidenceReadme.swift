// SPDX-License-Identifier: Apache-2.0
// README.txt of an evidence pack: for who gets it and knows nothing of the software.

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
  /// Rows without a receipt.
  var rowsWithout = 0
  private var receiptCount = 0
  private var erasedCount = 0
  /// The files of anchors.
  var anchors: [String] = []

  init(
    question: EvidenceQuestion, log: LogOrigin, verifier: VerifierKey, timestamp: Int64,
    rowCount: Int, unproven: String?
  ) {
    self.question = question
    self.log = log
    self.verifier = verifier
    self.timestamp = timestamp
    self.rowCount = rowCount
    self.unproven = unproven
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

  /// The text, in lines of at most 80 characters but for keys and hashes.
  var text: String {
    [head, contents, proof, noProof, checking, otherTools].joined(separator: "\n")
  }

  private var head: String {
    """
    EVIDENCE FROM A LOG

    A question was put to a database that keeps a log: records are added at its
    end, and none is ever changed. This folder holds the question, the answer, and
    what is needed to check the answer without the database, its software or its
    owner.

      log      \(log.text)
      asked    \(EvidenceQuestion.time(question.asked))
      about    the log as it was after record \(question.moment), which is of
               \(EvidenceQuestion.time(timestamp))
      answer   \(rowCount.counted("row"))

    Who asked and why is in query.json.

    """
  }

  private var contents: String {
    """
    WHAT IS IN IT

      query.sql          the question as it was written
      query.json         the values of its parameters; who asked, when, why
      schema.sql         what the tables were at that moment, as statements of SQL
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

      - Whoever holds the key of the log has signed for this answer to this question.
        Not a character of it was changed since.

      """
    if receiptCount > 0 {
      text += """
        - What the \(receiptCount.counted("receipt")) show stands in the log, in the records that they
          name. Nobody can change, move or remove it, not even who holds the key,
          without contradicting the checkpoint that is here.

        """
    }
    if !anchors.isEmpty {
      text += """
        - The time stamps and cosignatures in anchors/ are statements of others that
          the log was what it is: the records before the number in a file's name
          existed at the time that it states.

        """
    }
    return text
  }

  private var noProof: String {
    var text = "WHAT IT DOES NOT PROVE\n\n"
    if let unproven {
      text += """
        - THAT THE ANSWER IS RIGHT. Its rows are computed and no entries of the log, for
          of the question: \(unproven). A count or a sum has no receipt. The signature
          says that the holder of the key stands for this answer, and nothing else here
          supports it. Who needs more should ask for the rows that were counted.

        """
    } else if rowsWithout > 0 {
      text += """
        - Anything of \(rowsWithout.counted("row")), which no entry of the log is behind.

        """
    }
    if erasedCount > 0 {
      text += """
        - What was erased. \(erasedCount.counted("receipt")) of these stand for content that
          was erased since, by an order that the log has. They show that something was
          there and no longer what; in the rows it is empty.

        """
    }
    text += """
      - That the answer is complete. A receipt shows that what is here is in the log,
        not that nothing else in the log fits the question. For that, too, there is
        the signature alone.
      - That what was entered is true, or that everything was entered.
      - When something happened. Times are those of the machine's clock; a time stamp
        in anchors/ says by when a record existed at the latest.
      - What happened afterwards. Rows may have been changed or erased since.
      - Whose key it is. See below.

      """
    return text
  }

  private var checking: String {
    let script = PackageResources.verify_sh
    return """
      HOW TO CHECK

      On any machine with a POSIX shell, the GNU coreutils and OpenSSL 3, none of
      which come from the maker of this folder:

        sh verify.sh --key KEY

      It needs no network, changes nothing and takes some seconds. It ends with a
      sentence and status 0 if all is well, and else names the file that is wrong.

      KEY is the key of the log as its operator has published it, or has given you by
      another way than this folder. The key in this folder is

        \(verifier.text)

      If the two differ, this folder proves nothing of that log.

      If anchors/ has files .tsr, add --tsa-ca FILE: the root certificate, in PEM, of
      an authority for time stamps that you trust, as it has published it.

      verify.sh could have been forged with the rest. It is the same in every pack
      that this version of the software makes, and its SHA-256 is

        \(Digest.hash(script.span).hex)

      Take it from somebody you trust, or read it: it is a few hundred lines.

      """
  }

  private var otherTools: String {
    """
    WHAT ELSE CHECKS THE PIECES

    - kb-verify --receipt FILE --key vkey checks a receipt, and prints the entry that
      it holds, so that you can hold it against the row. That they agree is the one
      thing that verify.sh does not look at: an entry is CBOR (RFC 8949), which no
      tool reads that it may use. It is an array: the kind of entry, the number of
      the table, then the values of the row in the order of its columns.
    - The receipts are C2SP tlog-proofs, the checkpoints C2SP tlog-checkpoints and
      signed notes, with Ed25519 (RFC 8032) and the trees of RFC 9162: tools for
      transparency logs read them. See c2sp.org.
    - sha256sum -c SHA256SUMS compares the files with the list.
    - openssl ts -verify checks a time stamp (RFC 3161).
    - The cosignatures in anchors/*.checkpoint, if any, are C2SP tlog-cosignatures:
      kb-verify knows them, verify.sh passes them over.

    """
  }
}
