/**
 * Counters, gauges and histograms of one engine process, and their text for Prometheus (exposition format 0.0.4).
 *
 * A registry is a value that is passed in; there is no global one. It holds few series: names and labels are ours, and no label is ever a
 * stack, a tenant, a resource or anything else that users may have without bound, or that could be a secret.
 */
export type Labels = { readonly [name: string]: string };

export interface Counter {
  add(labels?: Labels, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(seconds: number, labels?: Labels): void;
}

export interface MetricRegistry {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram;
  /** Everything, as a scraper reads it. */
  text(): string;
}

/** From a quick statement to a slow provider, in seconds. */
export const usualBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] as const;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Iterable<string>;
}

export function createMetricRegistry(): MetricRegistry {
  const families = new Map<string, Family>();
  const add = (family: Family): void => {
    if (families.has(family.name)) throw new Error(`the metric ${family.name} exists already`);
    families.set(family.name, family);
  };
  return {
    counter(name, help) {
      const values = new Map<string, number>();
      add({ name, help, type: 'counter', samples: () => samplesOf(name, values) });
      return { add: (labels = {}, by = 1) => void addTo(values, labelText(labels), by) };
    },
    gauge(name, help) {
      const values = new Map<string, number>();
      add({ name, help, type: 'gauge', samples: () => samplesOf(name, values) });
      return { set: (value, labels = {}) => void values.set(labelText(labels), value) };
    },
    histogram(name, help, buckets = usualBuckets) {
      const rows = new Map<string, HistogramRow>();
      add({ name, help, type: 'histogram', samples: () => histogramSamples(name, buckets, rows) });
      return { observe: (seconds, labels = {}) => observe(rows, buckets, labels, seconds) };
    },
    text: () => `${[...families.values()].flatMap((family) => [...linesOf(family)]).join('\n')}\n`,
  };
}

function addTo(values: Map<string, number>, key: string, by: number): void {
  values.set(key, (values.get(key) ?? 0) + by);
}

function* linesOf({ name, help, type, samples }: Family): Iterable<string> {
  yield `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`;
  yield `# TYPE ${name} ${type}`;
  yield* samples();
}

function* samplesOf(name: string, values: ReadonlyMap<string, number>): Iterable<string> {
  for (const [labels, value] of values) yield `${name}${braced(labels)} ${value}`;
}

interface HistogramRow {
  readonly labels: string;
  /** How many fell into each bucket itself, the last one being beyond all. */
  readonly counts: number[];
  sum: number;
}

function observe(rows: Map<string, HistogramRow>, buckets: readonly number[], labels: Labels, seconds: number): void {
  const key = labelText(labels);
  let row = rows.get(key);
  if (!row) {
    row = { labels: key, counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 };
    rows.set(key, row);
  }
  const place = buckets.findIndex((bound) => seconds <= bound);
  row.counts[place === -1 ? buckets.length : place]!++;
  row.sum += seconds;
}

function* histogramSamples(name: string, buckets: readonly number[], rows: ReadonlyMap<string, HistogramRow>): Iterable<string> {
  for (const { labels, counts, sum } of rows.values()) {
    let total = 0;
    for (const [i, count] of counts.entries()) {
      total += count;
      const bound = buckets[i] === undefined ? '+Inf' : String(buckets[i]);
      yield `${name}_bucket${braced([labels, `le="${bound}"`].filter((part) => part !== '').join(','))} ${total}`;
    }
    yield `${name}_sum${braced(labels)} ${sum}`;
    yield `${name}_count${braced(labels)} ${total}`;
  }
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',');
}
