// SPDX-License-Identifier: Apache-2.0

internal import CCRC32C

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds accidents, not attackers.
public enum CRC32C {
  /// The CRC of bytes, continuing from `crc`.
  public static func of(_ bytes: Span<UInt8>, continuing crc: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBufferPointer { kb_crc32c(crc, $0.baseAddress, $0.count) }
  }
}
