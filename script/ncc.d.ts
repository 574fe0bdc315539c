/** What script/bundle.ts uses of ncc, which ships no types. */
declare module '@vercel/ncc' {
  interface Options {
    filename: string;
    cache: false;
    quiet: boolean;
    license: string;
    target: string;
    filterAssetBase: string;
  }
  interface Output {
    code: string;
    assets: Record<string, { source: string | Buffer }>;
  }
  export default function ncc(input: string, options: Options): Promise<Output>;
}
