import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface PortProgram {
  /** On 127.0.0.1. */
  port: number;
  stop: () => void;
}

/** Starts a program of this folder that prints the port on which it listens, and ends with its standard input. */
export async function startPortProgram(
  name: 'null-sink' | 'link',
  words: readonly string[] = [],
): Promise<PortProgram> {
  const program = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(port.toString()), stop: () => void child.stdin.end() };
}
