/** Texts of a given length: such as cannot be compressed, and such as people and services write. */

export function noise(chars: number): string {
  const bytes = Buffer.alloc((chars * 3) / 4);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes.toString('base64');
}

const words = 'order item customer price status shipped pending the of a is was from to id'.split(
  ' ',
);

/** Words in no order: deflates to about a third. */
export function prose(chars: number): string {
  let text = '';
  let seed = 1;
  while (text.length < chars) {
    seed = (seed * 48_271) % 2_147_483_647;
    text += `${words[seed % words.length]} ${seed % 100} `;
  }
  return text.slice(0, chars);
}
