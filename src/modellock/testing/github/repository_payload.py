"""What GitHub's API says of a repository itself."""

from modellock.testing.github.content import GitHubRepository
from modellock.testing.github.payloads import Json, Urls, node_id, user
from modellock.testing.moments import FIRST, seconds_text

_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = (
    "forks", "forks_count", "network_count", "open_issues", "open_issues_count", "size",
    "stargazers_count", "subscribers_count", "watchers", "watchers_count",
)  # fmt: skip
_NO = (
    "archived", "disabled", "fork", "has_discussions", "has_issues", "has_pages", "has_projects",
    "has_wiki",
)  # fmt: skip
_NOTHING = ("description", "homepage", "language", "license", "mirror_url")
_DATES = ("created_at", "pushed_at", "updated_at")


def full_repository(repository: GitHubRepository, urls: Urls) -> Json:
    """Schema `full-repository`."""
    owner, _, name = repository.name.partition("/")
    here, page = urls.repository(repository), urls.page(repository)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.name),
        "name": name,
        "full_name": repository.name,
        "owner": user(owner, urls),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "default_branch": "main",
        "url": here,
        "html_url": page,
        "clone_url": f"{page}.git",
        "git_url": f"{page}.git",
        "ssh_url": f"{page}.git",
        "svn_url": page,
        **{key: f"{here}{end}" for key, end in _URLS.items()},
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_NO, False),
        **dict.fromkeys(_NOTHING),
        **dict.fromkeys(_DATES, seconds_text(FIRST)),
    }
