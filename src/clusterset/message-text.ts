/** Text of members that stands in our messages is cut to this length. */
const QUOTED_CHARACTERS_MAX = 128;

/** In double quotes and cut, so that a member cannot fill or fake a message. */
export function quote(text: string): string {
  return JSON.stringify(cutText(text, QUOTED_CHARACTERS_MAX));
}

/** At most `charactersMax` UTF-16 units, the last of which is then '…'; never half a code point. */
export function cutText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const last = text.charCodeAt(charactersMax - 2);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, charactersMax - (isHighSurrogate ? 2 : 1))}…`;
}

/** `a, b, c` or `a, b, c and 4 more`. */
export function listSome(items: readonly string[], shownMax: number): string {
  const shown = items.slice(0, shownMax).join(', ');
  return items.length <= shownMax ? shown : `${shown} and ${items.length - shownMax} more`;
}

/** Length of `yyyy-mm-ddThh:mm`. */
const MINUTE_CHARACTERS = 16;

/** `14:02Z`, with the day where that is not today. */
export function minuteText(atMs: number, nowMs: number): string {
  const minute = new Date(atMs).toISOString().slice(0, MINUTE_CHARACTERS);
  const today = new Date(nowMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
  return `${minute.startsWith(today) ? minute.slice(today.length + 1) : minute}Z`;
}
