/** Characters of a value (KEP-2149): Unicode code points, however many bytes they take. */
export const PROPERTY_VALUE_CHARACTERS_MAX = 128_000;
