import * as v from 'valibot';
import { problem, textLike, yesOrNo } from './parts.ts';

/** Lower case, at least two labels, 253 characters: what a certificate can be for. */
const DOMAIN_NAME =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate\/[A-Za-z0-9-]{1,64}$/;

const domainName = textLike(DOMAIN_NAME, 'not a domain name in lower case such as ops.example.org');

/** A name of one's own for the pages and the API, and the agents too if asked for: CloudFront before the Function URLs. */
export const domain = v.optional(
  v.pipe(
    v.strictObject(
      {
        /** The name: `ops.example.org`. */
        name: domainName,
        /** The certificate for it. CloudFront takes those of us-east-1 only, wherever the stack is. */
        certificateArn: textLike(
          CERTIFICATE_ARN,
          'not the ARN of a certificate in us-east-1, the one region that CloudFront takes them from',
        ),
        /** The Route 53 zone to make the name in. Absent: the name is made by hand, and the deployment says how. */
        hostedZone: v.optional(
          v.strictObject(
            {
              id: textLike(
                /^Z[A-Z0-9]{1,31}$/,
                'not the id of a hosted zone such as Z0123456789ABC',
              ),
              name: domainName,
            },
            problem,
          ),
        ),
        /** Whether agents enrol and post there too: each batch is then a request of CloudFront's as well. */
        agents: yesOrNo(false),
      },
      problem,
    ),
    v.check(
      ({ name, hostedZone: zone }) =>
        zone === undefined || name === zone.name || name.endsWith(`.${zone.name}`),
      'the name does not lie in the hosted zone',
    ),
  ),
);
