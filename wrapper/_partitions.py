"""The AWS partitions: which DNS suffixes a region's endpoints have.

The data below `PARTITIONS` is that of the pinned botocore's `data/partitions.json`;
`python -m scripts.partitions` compares the two and can rewrite it.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PARTITIONS", "Partition"]


class Partition(NamedTuple):
    """A group of regions that share DNS suffixes, credentials and IAM.

    Attributes:
        id: The partition's name as in ARNs, for example `aws-cn`.
        dns_suffix: For example `amazonaws.com.cn`.
        dual_stack_dns_suffix: The suffix of endpoints that speak IPv4 and IPv6.
        supports_fips: Whether there are endpoints with FIPS 140 validated cryptography.
        supports_dual_stack: Whether there are dual-stack endpoints.
        region_regex: Matches the names of the partition's regions, future ones included.
        regions: The names that are known, pseudo regions such as `aws-global` among them.
    """

    id: str
    dns_suffix: str
    dual_stack_dns_suffix: str
    supports_fips: bool
    supports_dual_stack: bool
    region_regex: str
    regions: tuple[str, ...]


# The first is the fallback for a region that no partition knows.
PARTITIONS: tuple[Partition, ...] = (
    Partition(
        id="aws",
        dns_suffix="amazonaws.com",
        dual_stack_dns_suffix="api.aws",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$",
        regions=(
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "aws-global",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ),
    ),
    Partition(
        id="aws-cn",
        dns_suffix="amazonaws.com.cn",
        dual_stack_dns_suffix="api.amazonwebservices.com.cn",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^cn\-\w+\-\d+$",
        regions=("aws-cn-global", "cn-north-1", "cn-northwest-1"),
    ),
    Partition(
        id="aws-eusc",
        dns_suffix="amazonaws.eu",
        dual_stack_dns_suffix="api.amazonwebservices.eu",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^eusc\-(de)\-\w+\-\d+$",
        regions=("eusc-de-east-1",),
    ),
    Partition(
        id="aws-iso",
        dns_suffix="c2s.ic.gov",
        dual_stack_dns_suffix="api.aws.ic.gov",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^us\-iso\-\w+\-\d+$",
        regions=("aws-iso-global", "us-iso-east-1", "us-iso-west-1"),
    ),
    Partition(
        id="aws-iso-b",
        dns_suffix="sc2s.sgov.gov",
        dual_stack_dns_suffix="api.aws.scloud",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^us\-isob\-\w+\-\d+$",
        regions=("aws-iso-b-global", "us-isob-east-1", "us-isob-west-1"),
    ),
    Partition(
        id="aws-iso-e",
        dns_suffix="cloud.adc-e.uk",
        dual_stack_dns_suffix="api.cloud-aws.adc-e.uk",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^eu\-isoe\-\w+\-\d+$",
        regions=("aws-iso-e-global", "eu-isoe-west-1"),
    ),
    Partition(
        id="aws-iso-f",
        dns_suffix="csp.hci.ic.gov",
        dual_stack_dns_suffix="api.aws.hci.ic.gov",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^us\-isof\-\w+\-\d+$",
        regions=("aws-iso-f-global", "us-isof-east-1", "us-isof-south-1"),
    ),
    Partition(
        id="aws-us-gov",
        dns_suffix="amazonaws.com",
        dual_stack_dns_suffix="api.aws",
        supports_fips=True,
        supports_dual_stack=True,
        region_regex=r"^us\-gov\-\w+\-\d+$",
        regions=("aws-us-gov-global", "us-gov-east-1", "us-gov-west-1"),
    ),
)
