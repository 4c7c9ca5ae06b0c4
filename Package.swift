// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// CI turns warnings into errors; a newcomer's newer compiler may know warnings that we do not.
let strict: [SwiftSetting] =
  Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
  strict + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
  ]

/// Release tools carry everything in one file: a start costs a third of a dynamic one.
let alone: [LinkerSetting] = [
  .unsafeFlags(
    // The two libraries that FoundationEssentials, which the argument parser uses, stands on.
    ["-static-executable", "-l_FoundationCollections", "-l_FoundationCShims"],
    .when(platforms: [.linux], configuration: .release))
]

let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

func tool(_ name: String, _ more: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name, dependencies: ["Kimberlite", "KimberliteTool", arguments] + more,
    swiftSettings: settings, linkerSettings: alone)
}

let package = Package(
  name: "kimberlite",
  products: [
    .library(name: "Kimberlite", targets: ["Kimberlite"])
  ],
  dependencies: [
    // Exact: the committed completion scripts are what this version generates.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .systemLibrary(name: "CSystem"),
    .target(name: "CCRC32C"),

    .target(
      name: "KimberliteCore", dependencies: ["CCrypto", "CCRC32C"], swiftSettings: settings),
    .target(
      name: "Kimberlite",
      dependencies: ["KimberliteCore", "CCrypto", "CLZ4", "CSQLite", "CSystem"],
      swiftSettings: settings),
    .target(
      name: "KimberliteArchive", dependencies: ["Kimberlite", "KimberliteCore", "CArchive"],
      resources: [.embedInCode("verify.sh")], swiftSettings: settings),
    .target(
      name: "KimberliteTool", dependencies: ["Kimberlite", arguments], swiftSettings: settings),
    tool("kb-append"),
    tool("kb-query", ["CEdit", "KimberliteArchive"]),
    tool("kb-verify", ["KimberliteArchive"]),
    tool("kb-snapshot", ["KimberliteArchive"]),
    tool("kb-purge"),
    .executableTarget(
      name: "kb-benchmark",
      dependencies: [
        "kb-append", "kb-query", "kb-verify", "kb-snapshot", "kb-purge", "Kimberlite",
        "KimberliteCore", "CCrypto", "CLZ4", "CSQLite",
      ],
      path: "Tests/Benchmarks", swiftSettings: settings, linkerSettings: alone),

    .testTarget(
      name: "KimberliteCoreTests", dependencies: ["KimberliteCore", "CSQLite"],
      swiftSettings: settings),
    .testTarget(
      name: "KimberliteTests",
      dependencies: ["Kimberlite", "KimberliteArchive", "KimberliteCore", "CCrypto", "CSQLite"],
      exclude: ["SQL/Conformance", "SQL/Corpus"], swiftSettings: settings),
    .testTarget(name: "ToolTests", swiftSettings: settings),
    .testTarget(
      name: "FuzzTests", dependencies: ["KimberliteCore"], path: "Tests/Fuzz",
      swiftSettings: settings),
    .testTarget(name: "TidyTests", swiftSettings: settings),
  ]
)
