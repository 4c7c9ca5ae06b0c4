// SPDX-License-Identifier: Apache-2.0
// What a stranger reads is run: the README's commands, the EXAMPLES of the manual, every statement
// and function of kb-sql(7); options, completions and SQLSTATEs agree with the tools.

import Glibc
import Testing

private let tools = ["kb-append", "kb-query", "kb-verify", "kb-purge", "kb-snapshot"]

@Suite struct DocsTests {
  /// A folder from which the README's paths lead to the samples.
  private static func clone() -> Folder {
    let folder = Folder()
    precondition(symlink("\(Project.path)/Tests", folder.file("Tests")) == 0, "no link")
    return folder
  }

  @Test func `the tour of the README runs as printed`() {
    let folder = Self.clone()
    let blocks = Project.blocks("console", of: "README.md")
    #expect(blocks.count >= 4)
    for block in blocks { Transcript(block).run(in: folder) }
  }

  @Test func `the README's first command loads the samples, answers and verifies`() throws {
    let block = try #require(
      Project.blocks("sh", of: "README.md").map { $0.joined(separator: "\n") }
        .first { $0.contains("swift build") })
    let built = "rm -rf /tmp/clinic.kb &&"
    let job = try #require(block.ranges(of: built).first)
    let command = String(block[job.upperBound...]).replacing("/tmp/clinic.kb", with: "clinic.kb")
    let (status, output) = shell(command, in: Self.clone())
    #expect(status == 0, "\(output.joined(separator: "\n"))")
    #expect(output.last == "OK")
    #expect(output.contains("(5 rows)"))
  }

  @Test func `the README names one command that runs all tests`() {
    let blocks = Project.blocks("sh", of: "README.md").filter {
      $0.contains { $0.contains("swift test") }
    }
    #expect(blocks.count == 1)
    #expect(blocks.first?.last?.contains("--filter") == false)
  }

  @Test(arguments: tools) func `the EXAMPLES of a page run as printed`(_ tool: String) {
    let folder = Folder()
    // Who is asked over the network lives as long as the examples run.
    let internet = tool == "kb-verify" ? Internet(in: folder) : nil
    defer { withExtendedLifetime(internet) {} }
    let displays = Page("\(tool).1").displays(in: "EXAMPLES")
    #expect(displays.count >= 4)
    for display in displays { Transcript(display).run(in: folder) }
  }

  @Test func `the EXAMPLES of kb-compliance run in order, as one story`() {
    let folder = Folder()
    let displays = Page("kb-compliance.7").displays(in: "EXAMPLES")
    #expect(displays.count >= 8)
    Transcript(displays.flatMap { $0 }).run(in: folder)
  }

  @Test func `kb-compliance speaks of options that there are`() throws {
    var options: [Substring: Set<String>] = [:]
    for page in try #require(names(in: "\(Project.path)/Man")) where page.hasSuffix(".1") {
      options[page.dropLast(2)] = Page(page).options
    }
    let page = Page("kb-compliance.7")
    var count = 0
    for line in page.lines {
      for match in line.matches(of: #/(?:^\.Ic |^[$>] |\| )(kb-[a-z]+) (.*)/#) {
        for option in match.2.matches(of: #/(?:^| )(--[a-z-]+)/#) {
          count += 1
          let name = String(option.1)
          #expect(options[match.1]?.contains(name) == true, "\(line): \(name)")
        }
      }
      if let match = line.wholeMatch(of: #/\.Fl Fl ([a-z-]+).*/#) {
        #expect(options.values.contains { $0.contains("--\(match.1)") }, "\(line)")
      }
    }
    #expect(count >= 10)
  }

  @Test(arguments: tools) func `a page describes exactly the options there are`(_ tool: String) {
    let dump = run(tool, ["--experimental-dump-help"])
    var options: Set<String> = ["-h", "--help", "--version"]
    for match in dump.text.matches(of: /"kind" : "(long|short)",\s*"name" : "([^"]+)"/) {
      options.insert((match.1 == "long" ? "--" : "-") + match.2)
    }
    #expect(Page("\(tool).1").options == options)
  }

  @Test(arguments: tools) func `the help names the page and fits the terminal`(_ tool: String) {
    let help = run(tool, ["--help"])
    #expect(help.status == 0)
    #expect(help.text.contains("See \(tool)(1)."))
    #expect(help.lines.filter { !$0.hasPrefix("USAGE") }.allSatisfy { $0.count <= 80 })
  }

  @Test(arguments: tools) func `completions are what the tool generates`(_ tool: String) {
    let folder = Folder()
    for (shellName, file) in [
      ("bash", "\(tool).bash"), ("zsh", "_\(tool)"), ("fish", "\(tool).fish"),
    ] {
      let script = run(tool, ["--generate-completion-script", shellName])
      #expect(script.status == 0)
      let path = "\(Project.path)/Completions/\(file)"
      if getenv("KB_UPDATE") != nil {
        _ = shell("cp \(folder.write(file, script.output)) \(path)", in: folder)
      }
      #expect(contents(path) == script.output, "Completions/\(file) differs: run with KB_UPDATE=1")
    }
    #expect(shell("bash -n \(Project.path)/Completions/\(tool).bash", in: folder).status == 0)
    // zsh takes one spec for all operands that are left.
    let zsh = String(decoding: contents("\(Project.path)/Completions/_\(tool)"), as: UTF8.self)
    #expect(zsh.contains("_arguments ") && !zsh.contains("->arg") && !zsh.contains("_help"))
    let check = "! command -v zsh > /dev/null || zsh -n \(Project.path)/Completions/_\(tool)"
    #expect(shell(check, in: folder).status == 0)
  }

  @Test(arguments: tools) func `a page knows the exit statuses there are`(_ tool: String) {
    let source = Project.lines(of: "Sources/KimberliteTool/Failure.swift")
    let failures = Set(source.compactMap { $0.wholeMatch(of: #/ +case [a-zA-Z]+ = ([0-9]+)/#)?.1 })
    #expect(failures.count >= 8)
    var documented: Set<Substring> = []
    for line in Page("\(tool).1").section("EXIT STATUS") where line.hasPrefix(".It ") {
      for match in line.matches(of: /[0-9]+/) { documented.insert(match.0) }
    }
    let signals: Set<Substring> = ["130", "141", "143"]
    #expect(documented.subtracting(signals).subtracting(["0"]).isSubset(of: failures))
    #expect(documented.isSuperset(of: ["0", "1", "64", "65", "66", "74"]))
  }

  @Test func `mandoc has nothing to say about the pages`() throws {
    let pages = try #require(names(in: "\(Project.path)/Man"))
    #expect(pages.count >= 5)
    let (status, output) = shell("mandoc -T lint -W warning \(Project.path)/Man/*", in: Folder())
    #expect(status == 0 && output.isEmpty, "\(output.joined(separator: "\n"))")
  }

  @Test func `groff sets the pages on a terminal without a warning`() throws {
    let folder = Folder()
    guard shell("command -v groff preconv", in: folder).status == 0 else {
      try Test.cancel("there is no groff")
    }
    for page in try #require(names(in: "\(Project.path)/Man")) {
      // As man(1) does on 80 columns.
      let (status, output) = shell(
        "groff -k -T utf8 -t -mandoc -rLL=78n -ww -z \(Project.path)/Man/\(page)", in: folder)
      #expect(status == 0 && output.isEmpty, "\(page): \(output.joined(separator: "\n"))")
    }
  }

  @Test func `pages refer only to pages that there are`() throws {
    let pages = try #require(names(in: "\(Project.path)/Man"))
    for page in pages {
      for line in Page(page).lines {
        guard let match = line.wholeMatch(of: /\.Xr (kb-[a-z]+) ([0-9]).*/) else { continue }
        #expect(pages.contains("\(match.1).\(match.2)"), "\(page): \(line)")
      }
    }
  }
}
