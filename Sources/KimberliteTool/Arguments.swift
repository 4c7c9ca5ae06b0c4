// SPDX-License-Identifier: Apache-2.0
// The library's words as option values.

public import ArgumentParser
public import Kimberlite
public import KimberliteCore

extension InputFormat: ExpressibleByArgument {}
extension OutputFormat: ExpressibleByArgument {}
extension IngestOptions.Conflict: ExpressibleByArgument {}
