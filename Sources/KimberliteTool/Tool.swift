// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import Glibc

/// What every kb-* command is: options, one verb, an exit status.
public protocol Tool: ParsableCommand {
  /// Does the work. What is thrown becomes one line on standard error and the exit status.
  mutating func perform() throws(Failure)
  /// The arguments as the parser takes them.
  static func normalized(_ arguments: [String]) -> [String]
}

extension Tool {
  /// As they came.
  public static func normalized(_ arguments: [String]) -> [String] { arguments }

  /// The whole life of the process.
  public static func main() {
    Output.guardStandardDescriptors()
    // Beyond a limit on file size a write fails, which is reported; no signal ends the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot(normalized(Array(CommandLine.arguments.dropFirst())))
      if var tool = command as? Self {
        try tool.perform()
      } else {
        // Help and completion scripts are commands of the parser's own.
        try command.run()
      }
    } catch let failure as Failure {
      end(failure)
    } catch {
      end(parsing: error)
    }
    Glibc.exit(0)
  }

  private static func end(_ failure: Failure) -> Never {
    Output.complain("\(_commandName): \(failure.message)")
    if let excerpt = failure.excerpt { Output.complain(excerpt) }
    if let hint = failure.hint { Output.complain("\(_commandName): hint: \(hint)") }
    Glibc.exit(failure.status.rawValue)
  }

  /// Ends with what the argument parser has to say: help on standard output, the rest as an error.
  private static func end(parsing error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == .success {
      let text = withoutHelpCommand(fullMessage(for: error))
      do throws(Failure) { try Output.write(text + "\n") } catch { end(error) }
      Glibc.exit(0)
    }
    var text = message(for: error)
    if let first = text.first { text.replaceSubrange(...text.startIndex, with: first.lowercased()) }
    if text.hasSuffix(".") { text.removeLast() }
    end(
      Failure(.usage, text.replacing("\n", with: " "), hint: "see \(_commandName) --help"))
  }

  /// A zsh completion script without the subcommand `help`; other text as it is.
  ///
  /// The parser offers it although a tool without subcommands has none, and zsh takes no operand
  /// that repeats beside it.
  private static func withoutHelpCommand(_ text: String) -> String {
    guard text.hasPrefix("#compdef ") else { return text }
    var kept: [Substring] = []
    var isInHelp = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "    case \"${state}\" in" || line == "_\(_commandName)_help() {" {
        isInHelp = true
      }
      let isState = line.hasSuffix(" :->command'") || line.hasSuffix(":: :->arg'")
      if !isInHelp, !isState { kept.append(line) }
      if line == "    esac" || line == "}" { isInHelp = false }
    }
    return kept.joined(separator: "\n")
  }
}
