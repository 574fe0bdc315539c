import type { Log } from '../../src/log.js';

/** A log that keeps its lines for the test to look at. */
export interface RecordingLog extends Log {
  readonly lines: string[];
}

export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  return {
    lines,
    debug: (message) => void lines.push(`debug: ${message}`),
    info: (message) => void lines.push(`info: ${message}`),
    warning: (message) => void lines.push(`warning: ${message}`),
    group: (title, work) => {
      lines.push(`group: ${title}`);
      return work();
    },
  };
}
