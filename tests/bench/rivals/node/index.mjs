// The same function for Node.js: counts events by domain and kind; with RIVAL_PUT=on it also writes
// its counts to CloudWatch. The loop below stands for Lambda's runtime client, and is lighter.
import http from 'node:http';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

const cloudwatch = new CloudWatchClient({});
const puts = process.env.RIVAL_PUT === 'on';

async function handle(event) {
  const counts = new Map();
  for (const record of event.Records) {
    let message = JSON.parse(record.body);
    if (message.Message !== undefined) message = JSON.parse(message.Message);
    const key = `${message.mail.tags['ses:from-domain'][0]} ${message.eventType}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (puts) {
    const data = [...counts].map(([key, Value]) => {
      const [domain, MetricName] = key.split(' ');
      return { MetricName, Dimensions: [{ Name: 'Domain', Value: domain }], Value, Unit: 'Count' };
    });
    for (let from = 0; from < data.length; from += 1000) {
      const MetricData = data.slice(from, from + 1000);
      await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Rival', MetricData }));
    }
  }
  return { batchItemFailures: [] };
}

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve([response.headers, Buffer.concat(parts)]));
    });
    request.on('error', reject);
    request.end(body);
  });
}

for (;;) {
  const [headers, payload] = await call('GET', '/2018-06-01/runtime/invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  const answer = await handle(JSON.parse(payload.toString('utf8')));
  await call('POST', `/2018-06-01/runtime/invocation/${id}/response`, JSON.stringify(answer));
}
