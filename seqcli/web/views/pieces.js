/**
 * Pieces as text for the screen.
 *
 * Counterpart: seqcli/views/pieces.py.
 */

/**
 * A piece for display: as in the vocabulary, with symbols in place of control characters, line
 * separators and changes of direction. Unicode has such symbols for the ASCII control characters only; the others become
 * U+FFFD.
 * @param {string} piece
 * @returns {string}
 */
export function printable(piece) {
  return piece.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return code === 0x2028 || code === 0x2029 ? "\u2424" : "\ufffd";
  });
}
