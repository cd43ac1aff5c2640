/** What a TLS server needs, as PEM; `caBundle` is what its clients should trust (undefined: not known). */
export interface ServingMaterial {
  readonly key: string;
  readonly cert: string;
  readonly caBundle: string | undefined;
}

/** What a source has now. Sources never reject: a failure is a reading. */
export type SourceReading =
  | {
      readonly type: 'material';
      readonly material: ServingMaterial;
      readonly expiresAtMs: number;
      /** Why this material is not what it should be (a broken new file, a store that cannot be written). */
      readonly problem: string | undefined;
      /** False: where they are kept could not be read; this is what was there before. */
      readonly isCurrent: boolean;
    }
  | { readonly type: 'failed'; readonly problem: string };

export interface CertificateSource {
  /** How often `read` is called. */
  readonly intervalMs: number;
  /** Reads, renews or makes the material. Never called again before its promise has settled. */
  read(): Promise<SourceReading>;
}
