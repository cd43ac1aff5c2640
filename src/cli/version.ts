declare const __VERSION__: string | undefined;

/** The version of this program; 'development' when it runs from its sources. */
export const VERSION: string = typeof __VERSION__ === 'string' ? __VERSION__ : 'development';
