/**
 * Checksums, by which a damaged page is told: CRC-32, as Python's `zlib.crc32`.
 */

const POLYNOMIAL = 0xedb88320;

/**
 * The checksum of bytes.
 * @param {Uint8Array} bytes
 * @returns {number}
 */
export function crc32(bytes) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    return rest;
  });
  let rest = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) rest = (rest >>> 8) ^ table[(rest ^ bytes[i]) & 255];
  return ~rest >>> 0;
}
