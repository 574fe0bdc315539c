/**
 * Preloaded into our node process (`node --import`): writes down what it took of itself, without the programs that it
 * starts, to the file NODE_PROBE: its CPU seconds until its first line and until its end, and its peak memory.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

let startCpuSeconds;
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (...words) => {
    startCpuSeconds ??= cpuSeconds();
    return write(...words);
  };
}

process.on('exit', () => {
  const status = readFileSync('/proc/self/status', 'utf8');
  const peakRssKib = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
  const told = { cpuSeconds: cpuSeconds(), startCpuSeconds: startCpuSeconds ?? cpuSeconds(), peakRssKib };
  writeFileSync(process.env.NODE_PROBE, JSON.stringify(told));
});
